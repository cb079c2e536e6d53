// The board's charts, and its figures when something changed: each chart says what the table below
// it says, and without this module the tables are all there is.
import { drawn, outlines } from "./dashboard-charts.js";

let data = JSON.parse(document.getElementById("board-data").textContent);
const charts = {};
const REST_MS = 1000; // figures are renewed no more often

async function draw() {
  const none = document.getElementById("chart-places")?.dataset.none ?? "";
  charts.trend = drawn(charts.trend, "chart-trend", "line", data.moments, data, none);
  charts.parts = drawn(charts.parts, "chart-parts", "bar", data.parts, data, none);
  const shapes = data.map ? await outlines(data.map, data.places).catch(() => null) : null;
  if (shapes) {
    charts.map = drawn(charts.map, "chart-map", "map", data.places, data, none, shapes);
    document.getElementById("map-notice").hidden = !charts.map;
  } else {
    charts.places = drawn(charts.places, "chart-places", "bar", data.places, data, none);
  }
}

async function refresh() {
  const answer = await fetch(data.refresh, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  data = await answer.json();
  let moved = false;
  for (const place of document.querySelectorAll("[data-text]")) {
    const words = data.texts[place.dataset.text] ?? "";
    if (place.textContent === words) continue;
    place.textContent = words;
    place.classList.add("moved");
    moved = true;
  }
  for (const fact of document.querySelectorAll("[data-fact]")) {
    fact.hidden = !data.texts[fact.dataset.fact];
  }
  if (!moved) return;
  const notice = document.getElementById("board-live");
  notice.textContent = notice.dataset.words;
  notice.hidden = false;
  await draw();
}

let stream = null;
let waiting = null;
function follow() {
  if (document.visibilityState === "hidden") {
    stream?.close();
    stream = null;
  } else if (!stream) {
    stream = new EventSource(data.live);
    stream.addEventListener("changed", later);
    stream.addEventListener("open", () => stream.wasLost && later());
    stream.addEventListener("error", () => (stream.wasLost = true));
  }
}

function later() {
  waiting ??= setTimeout(() => {
    waiting = null;
    refresh();
  }, REST_MS);
}

draw();
follow();
document.addEventListener("visibilitychange", () => {
  follow();
  if (stream) later();
});
const fit = () => Object.values(charts).forEach((chart) => chart?.resize());
addEventListener("resize", fit);
addEventListener("beforeprint", fit);
