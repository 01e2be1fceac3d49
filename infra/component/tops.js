// What stands around the list: the banner of what needs the owner, what concerns many banks, what
// cannot be shown just now, and the offer to be told at once.

import { h, mark } from "./dom.js";
import { bound, needy } from "./row.js";

export function banner(view) {
  const { t } = bound(view.speech);
  const told = view.notifications.filter((n) => n.level === "primary" && n.kind === "reconnect");
  if (!told.length) return null;
  const one = told.length === 1;
  const names = told.map((n, place) => [
    place > 0 && ", ",
    h("a", { key: n.notification_id, href: `#bank-${n.connection_id}`, onclick: (event) => view.show(event, n.connection_id) }, n.bank_name),
  ]);
  return h(
    "section",
    { class: "banner red", key: "banner", "aria-label": t("Needs you") },
    mark("red"),
    h(
      "p",
      null,
      h("strong", null, view.speech.n(told.length, "A bank needs you: ", "{n} banks need you: ")),
      names,
      one ? h("span", { class: "why" }, `. ${told[0].text}`) : ".",
    ),
    h("button", { class: "close", type: "button", "aria-label": t("Put this notice away"), onclick: () => view.dismiss(told.map((n) => n.notification_id)) }, mark("close")),
  );
}

export function head(view) {
  const { t } = bound(view.speech);
  return h(
    "header",
    { class: "head", key: "head" },
    h(`h${view.level}`, { class: "title", tabindex: "-1" }, t("Banks")),
    h("p", { class: "sum soft" }, summary(view)),
    view.banks?.length > 0 && h("button", { class: "second add", type: "button", key: "add", onclick: () => view.ask("connect") }, t("Connect a bank")),
  );
}

function summary(view) {
  const { speech, banks } = view;
  if (!banks) return view.trouble ? "" : speech.t("Loading …");
  const red = banks.filter(needy).length;
  const waiting = banks.filter((bank) => bank.status === "orange" && !needy(bank)).length;
  const well = banks.length - red - waiting;
  const told = [
    red && speech.n(red, "{n} needs you", "{n} need you"),
    waiting && speech.n(waiting, "{n} waiting", "{n} waiting"),
    well && speech.n(well, "{n} up to date", "{n} up to date"),
  ];
  return told.filter(Boolean).join(" · ");
}

// They stand below the banks that need their owner, so that those are seen first on a phone too.
export function notices(view, tag) {
  const { t } = bound(view.speech);
  const told = [];
  for (const down of view.outages) {
    const banks = view.speech.list(down.banks);
    const words = view.speech.n(down.banks.length, "{banks} is not answering anybody at the moment.", "{banks} are not answering anybody at the moment.", { banks });
    const since = t("Since {moment}.", { moment: view.speech.moment(down.since) });
    told.push(notice("orange", `down-${down.since}-${down.connection_ids[0]}`, words, `${since} ${down.reason.instruction}`));
  }
  for (const n of view.notifications) {
    if (n.kind !== "mail_unreachable") continue;
    const mine = n.connection_ids.length === 0;
    const mend = mine && h("button", { class: "quiet", type: "button", onclick: () => view.ask("address") }, t("Correct the address"));
    told.push(notice("mail", n.notification_id, n.text, n.instruction, mend));
  }
  return told.length > 0 && h(tag, { class: "notices", key: "notices" }, told);
}

export function stale(view) {
  const { t } = bound(view.speech);
  const offline = view.trouble.kind === "offline";
  const words = offline ? t("You are offline.") : t("This list cannot be refreshed at the moment.");
  const asOf = t("What you see is from {moment}.", { moment: view.speech.moment(view.seenAt) });
  const retry = h("button", { class: "quiet", type: "button", onclick: () => view.retry() }, t("Try again"));
  return notice(offline ? "away" : "info", "stale", words, asOf, [retry, !offline && view.chat("", words)]);
}

function notice(shape, key, words, more, deed) {
  return h("div", { class: "notice", key }, mark(shape), h("p", null, h("strong", null, words), " ", h("span", { class: "soft" }, more)), deed);
}

export function loading(view) {
  const rows = [1, 2, 3].map((n) => h("li", { class: "bank ghost", key: n }, h("span", { class: "bar" }), h("span", { class: "bar short" })));
  return h("ul", { class: "banks", key: "loading", "aria-hidden": "true" }, rows);
}

// Nothing could be shown at all.
export function failed(view) {
  const { t } = bound(view.speech);
  const words = {
    offline: t("You are offline."),
    "logged-out": t("Your login has ended."),
    forbidden: t("Your login opens no banks here."),
  };
  const text = words[view.trouble.kind] ?? t("Your banks cannot be shown at the moment.");
  return h(
    "section",
    { class: "blank", key: "failed", role: "alert" },
    mark(view.trouble.kind === "offline" ? "away" : "info"),
    h("p", { class: "lead" }, text),
    h("p", { class: "soft" }, t("Your banks go on syncing all the same.")),
    h("div", { class: "deeds" }, h("button", { class: "second", type: "button", onclick: () => view.retry() }, t("Try again")), view.chat("", text)),
  );
}

export function empty(view) {
  const { t } = bound(view.speech);
  return h(
    "section",
    { class: "blank", key: "empty" },
    h("p", { class: "lead" }, t("Connect your first bank")),
    h("p", { class: "soft" }, t("Balances and movements come by themselves, four times a day. It takes about a minute.")),
    h("div", { class: "deeds" }, h("button", { class: "primary", type: "button", onclick: () => view.ask("connect") }, t("Connect a bank"))),
  );
}

export function pushes(view) {
  const { t } = bound(view.speech);
  if (!view.push.offered) return null;
  if (view.push.subscription) {
    const off = h("button", { class: "quiet", type: "button", onclick: () => view.tellHere(false) }, t("Turn off"));
    return h("section", { class: "push", key: "push" }, h("p", { class: "soft small" }, t("This browser is told at once when a bank needs you.")), off);
  }
  if (!view.offer.stands) return null;
  return h(
    "section",
    { class: "push offer", key: "push", "aria-label": t("Be told at once") },
    h("p", null, h("strong", null, t("Know it at once next time")), " ", h("span", { class: "soft" }, t("This browser can tell you the minute a bank needs you, also when this page is closed."))),
    h("div", { class: "deeds" }, h("button", { class: "second", type: "button", onclick: () => view.tellHere(true) }, t("Tell me in this browser")), h("button", { class: "quiet", type: "button", onclick: () => view.decline() }, t("Not now"))),
    view.pushFault && h("p", { class: "fault", role: "alert" }, view.pushFault),
  );
}
