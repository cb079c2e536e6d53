// Keeps the line that is always in sight true: the laptop says when something changed.
const strip = document.getElementById("strip");

async function renew() {
  const answer = await fetch("/api/strip", { headers: { accept: "text/html" } });
  if (answer.ok) strip.innerHTML = await answer.text();
}

if (strip) {
  const events = new EventSource("/api/live");
  events.addEventListener("changed", renew);
}
