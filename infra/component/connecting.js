// Finding a bank and the way to it.

import { h } from "./dom.js";
import { bound } from "./row.js";

// What browsers know as regions, but is no country that has banks.
const NONE = new Set("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split(" "));
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

// The codes of all countries (ISO 3166-1, and Kosovo), as the browser knows them.
export function countries() {
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  const codes = LETTERS.flatMap((one) => LETTERS.map((other) => one + other));
  const present = (code) => new Intl.Locale(`und-${code}`).region === code;
  return codes.filter((code) => names.of(code) && present(code) && !NONE.has(code));
}

const WAYS = { consent: "Open Banking", direct: "Direct access", token: "Access token" };
const PROVIDERS = { enablebanking: "Enable Banking", fints: "FinTS", plaid: "Plaid", powens: "Powens", simplefin: "SimpleFIN" };
const CUSTOMERS = { business: "for companies", personal: "for private customers" };

// Where the owner banks already, else where his browser is.
export function homeland(banks, speech) {
  const [first] = banks ?? [];
  const region = navigator.languages.map((tag) => tag.split("-")[1]).find((code) => countries().includes(code));
  return first?.bank.country ?? region ?? (speech.language === "es" ? "ES" : "GB");
}

export function connect(view, _bank, asked) {
  const { speech } = view;
  const { t } = bound(speech);
  const listed = countries().map((code) => [code, speech.country(code)]).sort((a, b) => a[1].localeCompare(b[1], speech.locale));
  const look = () => view.search();
  return [
    t("Connect a bank"),
    h(
      "form",
      { class: "find", role: "search", key: "find", onsubmit: (event) => (event.preventDefault(), look()) },
      h("div", null, h("label", { for: "country" }, t("Country")), h("select", { id: "country", onchange: look }, listed.map(([code, name]) => h("option", { value: code, key: code, selected: code === asked.country }, name)))),
      h("div", null, h("label", { for: "bank" }, t("Name of the bank")), h("input", { id: "bank", type: "search", autocomplete: "off", autofocus: true, maxlength: "100", oninput: look })),
    ),
    h("p", { class: "soft small", role: "status", key: "count" }, asked.found ? counted(asked, speech) : t("Loading …")),
    h("ul", { class: "found", key: "found" }, (asked.found ?? []).map((entry) => found(entry, view)), asked.found && asked.typed && token(asked, view)),
    asked.cursor && h("button", { class: "second", type: "button", key: "more", onclick: () => view.more() }, t("Show more")),
    several(asked) && h("p", { class: "soft small", key: "ways" }, t("Open Banking: you allow it at the bank; current accounts, the steadier way. Direct access: with your own access details; more products, breaks off more often.")),
  ];
}

function counted(asked, speech) {
  if (!asked.found.length) return speech.t("No bank of that name. Try a part of it, or another country.");
  const more = asked.cursor ? "+" : "";
  return speech.n(asked.found.length, "{n} bank", "{n}{more} banks", { more });
}

function several(asked) {
  return asked.found?.some((entry) => entry.ways.length > 1);
}

function found(entry, view) {
  const { t } = bound(view.speech);
  const [first] = entry.ways;
  const id = `found-${first.provider}-${first.bank_id}`;
  return h(
    "li",
    { key: id },
    h("span", { class: "account", id }, entry.name),
    h(
      "span",
      { class: "ways" },
      entry.ways.map((way, n) =>
        h("button", { key: n, class: "second", type: "button", "aria-describedby": id, onclick: () => view.connect(way) }, named(way, entry.ways, t)),
      ),
    ),
  );
}

// A way is called by its method, and by who provides it where that alone would be said twice.
function named(way, ways, t) {
  const alike = (other) => other.method === way.method && other.customers === way.customers;
  const kind = t(WAYS[way.method]) + (way.customers ? `, ${t(CUSTOMERS[way.customers])}` : "");
  if (ways.filter(alike).length < 2) return kind;
  return t("{way}, by {provider}", { way: kind, provider: PROVIDERS[way.provider] ?? way.provider });
}

// What a token opens is not known before it is used: the bank is what its owner calls it.
function token(asked, view) {
  const { t } = bound(view.speech);
  const slug = asked.typed.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  const way = { bank_id: slug || "bank", name: asked.typed, country: asked.country, provider: "simplefin", method: "token" };
  return h(
    "li",
    { key: "token" },
    h("span", { class: "account", id: "by-token" }, asked.typed, " ", h("span", { class: "soft small" }, t("if you have a SimpleFIN setup token for it"))),
    h("span", { class: "ways" }, h("button", { class: "quiet", type: "button", "aria-describedby": "by-token", onclick: () => view.connect(way) }, t("Access token"))),
  );
}
