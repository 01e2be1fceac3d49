// Livelier link pages. Each of them works without this script, too.
//
// A page whose attempt moves by itself is looked at anew and changed in place; a form is sent once;
// a pause counts down; the first field that waits for its owner has the cursor.

const LONGEST = 60;
const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
document.body.append(said);

let failures = 0;
let timer;

function main() {
  return document.querySelector("main");
}

// Look again when the page says; less often while nobody answers, and only while somebody looks.
function plan() {
  clearTimeout(timer);
  const seconds = Number(main().dataset.lookAgain);
  if (!seconds) return;
  timer = setTimeout(look, Math.min(seconds * 2 ** failures, LONGEST) * 1000);
}

async function look() {
  if (document.hidden) {
    document.addEventListener("visibilitychange", look, { once: true });
    return;
  }
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.status === 429 || answer.status >= 500) throw new Error(answer.status);
    failures = 0;
    await show(answer);
  } catch {
    failures += 1;
  }
  plan();
}

async function show(answer) {
  const onward = /^0; url=(.+)$/.exec(answer.headers.get("Refresh") ?? "");
  if (onward) return location.assign(onward[1]);
  if (answer.redirected) return location.replace(answer.url);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.querySelector("main");
  const present = main();
  if (!next) return location.reload();
  document.title = fresh.title;
  if (next.innerHTML === present.innerHTML) {
    present.dataset.lookAgain = next.dataset.lookAgain ?? "";
    return undefined;
  }
  const focused = present.contains(document.activeElement);
  present.replaceWith(document.adoptNode(next));
  const heading = next.querySelector("h1");
  said.textContent = heading?.textContent ?? "";
  if (!begin() && focused && heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
  return undefined;
}

// Make what is on the page ready; tell whether a field has got the cursor.
function begin() {
  for (const each of document.querySelectorAll("[data-left]")) countDown(each);
  const wrong = document.querySelector(".wrong input, .wrong select");
  const first = document.querySelector("main input:not([type=hidden]), main select");
  const typed = matchMedia("(hover: hover)").matches || first?.autofocus;
  const field = wrong ?? (typed && !first?.value ? first : null);
  field?.focus();
  return Boolean(field);
}

function countDown(place) {
  const end = performance.now() + Number(place.dataset.left) * 1000;
  const words = place.dataset.words;
  const tick = () => {
    if (!place.isConnected) return;
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) return location.reload();
    place.textContent = words.replace("{time}", spoken(left));
    place.hidden = false;
    setTimeout(tick, left > 120 ? 10_000 : 1000);
    return undefined;
  };
  tick();
}

// "2 hours 5 minutes", in the page's language; seconds only towards the end.
function spoken(seconds) {
  const parts = seconds > 60
    ? [["hour", Math.floor(Math.ceil(seconds / 60) / 60)], ["minute", Math.ceil(seconds / 60) % 60]]
    : [["second", seconds]];
  return parts
    .filter(([, number]) => number)
    .map(([unit, number]) =>
      new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" }).format(number))
    .join(" ");
}

document.addEventListener("submit", (event) => {
  const buttons = [...event.target.querySelectorAll("button")];
  setTimeout(() => buttons.forEach((button) => (button.disabled = true)));
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("button").forEach((button) => (button.disabled = false));
  plan();
});

// Who came from our Banks page in this tab is shown the way back; others may have no login to it.
function showWayBack() {
  try {
    document.getElementById("to-banks").hidden = sessionStorage.getItem("relink-login") === null;
  } catch {
    // storage may be forbidden
  }
}

begin();
plan();
showWayBack();
