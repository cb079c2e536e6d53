// Notes and explanations while they are typed: each keystroke is kept, as a cell's is.
import { Gone, Refused } from "./sheet-link.js";

/**
 * Keeps what is typed into `text` under that name, and begins with what was kept of it before;
 * `saved` is what is recorded. Returns whether something was unfinished.
 */
export function keepWords(sheet, text, name, saved) {
  const kept = sheet.view.words[name] ?? saved;
  text.value = kept;
  let busy = false;
  let wanted = false;
  async function send() {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      try {
        await sheet.link.send("/words", { name, text: text.value });
      } catch (error) {
        if (!(error instanceof Gone) && !(error instanceof Refused)) throw error;
      }
    }
    busy = false;
  }
  text.addEventListener("input", (event) => event.isComposing || send());
  text.addEventListener("compositionend", send);
  return kept !== saved;
}
