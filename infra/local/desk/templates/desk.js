// Keeps what changes by itself up to date, and the clock running; the pages work without it.
"use strict";

const clock = document.querySelector("[data-now]");
const loaded = Date.now();
const shown = Number(clock.dataset.now);
const words = new Intl.DateTimeFormat("en-GB", {
  weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit",
  second: "2-digit", timeZone: "UTC",
});

setInterval(() => {
  clock.textContent = words.format(new Date(shown * 1000 + Date.now() - loaded));
}, 1000);

async function refresh() {
  const live = document.getElementById("live");
  if (!live || document.hidden || live.contains(document.activeElement)) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("live");
  if (fresh && fresh.innerHTML !== live.innerHTML) live.replaceWith(fresh);
}
setInterval(refresh, 2000);
