// Small things that the sheet's modules share.

/** An element with those properties and children. */
export function make(tag, properties = {}, ...children) {
  const { dataset, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  if (dataset) Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

export const button = (text, onclick, className = "quiet") =>
  make("button", { type: "button", className, textContent: text, onclick });

/**
 * Makes the children of `parent` those of `items`, in that order: what is there under the same key
 * stays the same element, so that nobody loses what they are typing in it.
 */
export function keyed(parent, items, create) {
  const before = new Map([...parent.children].map((one) => [one.dataset.key, one]));
  items.forEach((item, index) => {
    let element = before.get(item.key);
    before.delete(item.key);
    if (!element) {
      element = create(item);
      element.dataset.key = item.key;
    }
    element.update?.(item);
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
  for (const one of before.values()) one.remove();
}
