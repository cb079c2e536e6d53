// The words that a page hands to its modules, as a JSON document in the page itself.
const source = document.getElementById("words");
const words = source ? JSON.parse(source.textContent) : {};

/** The text under that key, with its {name} places filled in. */
export function say(key, values = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no word ${key} on this page`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
