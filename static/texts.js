// The texts of our scripts, in the language of the page. English texts are the keys of the catalogue,
// `app/languages/condyle.pot`: give them as literals, since what is put together cannot be found in it.

const address = document.querySelector("meta[name=texts]")?.content;
// Without an answer the page speaks English rather than not at all.
const { texts, forms } = (address && (await fetch(address).then((answer) => answer.json()).catch(() => null)))
  || { texts: {}, forms: [] };

/** A text, with `{name}` replaced by the value of that name. */
export function _(text, values = {}) {
  return filled([texts[text] ?? text].flat()[0], values);
}

/** The form of a text that goes with a number. */
export function ngettext(one, many, number, values = {}) {
  const translated = texts[one];
  if (translated) return filled(translated[forms[number < forms.length ? number : 100 + (number % 100)]], values);
  return filled(number === 1 ? one : many, values);
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
