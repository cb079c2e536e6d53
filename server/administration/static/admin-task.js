// Follows a piece of work: takes the page's own state anew every two seconds until it has ended.
const EVERY_MILLISECONDS = 2000;

async function follow() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("task");
  const shown = document.getElementById("task");
  if (!fresh || !shown) return;
  shown.replaceWith(fresh);
  if ("running" in fresh.dataset) setTimeout(again, EVERY_MILLISECONDS);
}

function again() {
  follow().catch(() => setTimeout(again, EVERY_MILLISECONDS)); // the network may be back soon
}

setTimeout(again, EVERY_MILLISECONDS);
