// How things are said: in the owner's language, his dates in his own zone, his money as he writes it.

import { SPANISH } from "./spanish.js";

const LOCALES = { en: "en-GB", es: "es-ES" };
const DAY = 86_400_000;

// What the browser likes, as far as it is spoken here.
export function liked(lang) {
  const tags = lang ? [lang] : navigator.languages;
  return tags.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LOCALES) ?? "en";
}

export class Speech {
  constructor(language, zone) {
    this.language = language in LOCALES ? language : "en";
    const own = navigator.languages.find((tag) => tag.slice(0, 3) === `${this.language}-`);
    this.locale = own ?? LOCALES[this.language];
    this.zone = zone ?? undefined;
    this.plural = new Intl.PluralRules(this.locale);
  }

  // Say an English sentence, `{name}` replaced.
  t(english, told = {}) {
    const said = this.language === "es" ? (SPANISH[english] ?? english) : english;
    return said.replace(/\{(\w+)\}/g, (_, name) => told[name]);
  }

  // Say one of two, by number.
  n(number, one, many, told = {}) {
    const count = new Intl.NumberFormat(this.locale).format(number);
    return this.t(this.plural.select(number) === "one" ? one : many, { n: count, ...told });
  }

  moment(iso) {
    const date = new Date(iso);
    const time = this.date(date, { hour: "2-digit", minute: "2-digit" });
    const away = Math.round((this.midnight(date) - this.midnight(new Date())) / DAY);
    if (away === 0) return time;
    if (Math.abs(away) > 1) return `${this.day(iso)}, ${time}`;
    return `${new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(away, "day")}, ${time}`;
  }

  day(iso) {
    const date = new Date(iso);
    const year = date.getUTCFullYear() === new Date().getUTCFullYear() ? {} : { year: "numeric" };
    return this.date(date, { day: "numeric", month: "long", ...year });
  }

  date(date, fields) {
    return new Intl.DateTimeFormat(this.locale, { ...fields, timeZone: this.zone }).format(date);
  }

  midnight(date) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", timeZone: this.zone };
    return Date.parse(new Intl.DateTimeFormat("sv-SE", parts).format(date));
  }

  // Amounts are decimal texts: as numbers they could lose a cent.
  money(amount, currency) {
    try {
      return new Intl.NumberFormat(this.locale, { style: "currency", currency }).format(amount);
    } catch {
      return `${amount} ${currency}`;
    }
  }

  list(names) {
    return new Intl.ListFormat(this.locale, { type: "conjunction" }).format(names);
  }

  country(code) {
    try {
      return new Intl.DisplayNames(this.locale, { type: "region" }).of(code);
    } catch {
      return code;
    }
  }
}
