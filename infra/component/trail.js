// What has happened to a bank, the last first.

import { h, mark } from "./dom.js";
import { bound } from "./row.js";

export function trail(view, bank, asked) {
  const { t } = bound(view.speech);
  const title = t("What happened at {bank}", { bank: bank?.bank.name ?? "" });
  if (!asked.events) return [title, h("p", { class: "soft", key: "wait" }, t("Loading …"))];
  if (!asked.events.length) return [title, h("p", { class: "soft", key: "none" }, t("Nothing worth telling yet."))];
  return [
    title,
    h("ol", { class: "trail", key: "trail" }, asked.events.map((event) => entry(event, view.speech))),
    asked.cursor && h("button", { class: "second", type: "button", key: "more", onclick: () => view.more() }, t("Show older")),
  ];
}

function entry(event, speech) {
  const [shape, words, more] = told(event, speech);
  return h(
    "li",
    { key: event.event_id },
    mark(shape),
    h("div", null, h("p", null, words), more && h("p", { class: "soft small" }, more), h("p", { class: "soft small" }, h("time", { datetime: event.at }, speech.moment(event.at)))),
  );
}

function told(event, speech) {
  const { t } = bound(speech);
  if (event.kind === "status") return status(event, speech);
  if (event.kind === "accounts") {
    const number = event.account_ids.length;
    if (!number) return ["green", t("All accounts are well again")];
    return ["red", speech.n(number, "One account needs you", "{n} accounts need you"), event.reason?.text];
  }
  return attempt(event, speech);
}

function status(event, speech) {
  const { t } = bound(speech);
  const causes = {
    synced: t("Up to date"),
    connected: t("Connected"),
    reconnected: t("The bank accepted the new access details"),
    mended_elsewhere: t("Mended at the bank"),
    disconnected: t("Disconnected"),
  };
  const words = causes[event.cause] ?? event.reason?.text ?? t("Waiting");
  const before = event.previous;
  const ended = before.reason && before.status !== "green" && event.status === "green";
  const said = event.reason?.bank_text && t("The bank says: “{words}”", { words: event.reason.bank_text });
  const since = ended && t("Before, since {moment}: {reason}", { moment: speech.moment(before.since), reason: before.reason.text });
  return [event.status, words, since || said];
}

function attempt(event, speech) {
  const { t } = bound(speech);
  if (event.outcome !== "done") return [event.outcome === "expired" ? "paused" : "orange", failure(event, t), event.reason?.text];
  const from = event.back_filled_from && t("Filled in from {day}", { day: speech.day(event.back_filled_from) });
  const number = speech.n(event.accounts, "{n} account", "{n} accounts");
  const words = event.kind === "historical" ? t("All history fetched") : t("Reconnected");
  return ["green", `${words}: ${number}`, from];
}

function failure(event, t) {
  if (event.kind === "historical") return t("Not all history could be fetched");
  const outcomes = {
    rejected: t("The bank rejected what was entered"),
    refused: t("A login that shows other accounts was refused"),
    unavailable: t("The bank did not answer while it was reconnected"),
    interrupted: t("A reconnection broke off"),
  };
  return outcomes[event.outcome] ?? t("A reconnection was not finished");
}
