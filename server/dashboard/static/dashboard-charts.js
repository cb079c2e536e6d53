// Charts by ECharts, in the page's own colours. What isn't known is left blank, never drawn as zero.
/* global echarts */
const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();
const INK = colour("--ink");
const SOFT = colour("--ink-soft");
const LINE = colour("--line");
const FIELD = colour("--field");
const PALE = colour("--field-pale");
const ASK = colour("--ask");
const FONT = { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13, color: INK };
const BARS_MAX = 30;
const MAPS = { line, bar, map };

export function drawn(chart, id, kind, rows, data, none, shapes) {
  // The chart in that element, made or renewed; null where there is too little to draw.
  const element = document.getElementById(id);
  const known = rows.filter((row) => row.value !== "");
  if (!element || known.length < (kind === "line" ? 2 : 1) || (kind === "bar" && rows.length > BARS_MAX)) {
    if (element) element.hidden = true;
    return null;
  }
  element.hidden = false;
  if (kind === "bar") element.style.height = `${Math.max(8, 2 + rows.length * 1.7)}rem`;
  const made = chart ?? echarts.init(element, null, { renderer: "canvas" });
  if (shapes) echarts.registerMap("shapes", shapes);
  made.setOption({
    animation: false,
    textStyle: FONT,
    aria: { enabled: true, label: { description: element.getAttribute("aria-label") } },
    tooltip: { trigger: kind === "line" ? "axis" : "item", confine: true, formatter: (at) => tip(at, rows, data, none) },
    ...MAPS[kind](rows, data, none),
  }, true);
  if (!chart) made.on("click", (at) => { const row = rows[at.dataIndex]; if (row?.address) location.href = row.address; });
  made.resize();
  return made;
}

function tip(at, rows, data, none) {
  // An element, since markup in a text would need styles that the page's policy forbids.
  const one = Array.isArray(at) ? at[0] : at;
  const row = rows[one.dataIndex] ?? rows.find((each) => each.code === one.name);
  const box = document.createElement("div");
  box.className = "chart-tip";
  if (!row) return box;
  const lines = [row.period ?? row.name, row.value === "" ? `${none || "—"} ${row.why}` : `${row.words} ${data.unit}`, row.broken ?? ""];
  for (const words of lines.filter(Boolean)) {
    const line = document.createElement("div");
    line.textContent = words;
    box.append(line);
  }
  return box;
}

const number = (text) => (text === "" ? null : Number(text));
const axis = { axisLine: { lineStyle: { color: SOFT } }, axisLabel: { color: INK, fontSize: 12 }, splitLine: { lineStyle: { color: LINE } } };

function line(rows) {
  // One line a definition: where another begins, the line ends and a mark stands.
  const marks = rows.flatMap((row, at) => (row.broken ? [{ xAxis: at, label: { formatter: "▲", color: ASK } }] : []));
  const starts = rows.flatMap((row, at) => (at === 0 || row.broken ? [at] : []));
  const series = starts.map((start, at) => ({
    type: "line", connectNulls: false, symbolSize: 9, showAllSymbol: true, color: FIELD, lineStyle: { width: 2.5 },
    data: rows.map((row, index) => (index >= start && index < (starts[at + 1] ?? rows.length) ? number(row.value) : null)),
  }));
  series[0].markLine = { symbol: "none", silent: true, lineStyle: { color: ASK, type: "dashed", width: 2 }, data: marks };
  if (rows.some((row) => row.target !== "")) {
    series.push({ type: "line", data: rows.map((row) => number(row.target)), symbol: "none", color: ASK, lineStyle: { type: "dotted", width: 2 } });
  }
  return {
    grid: { left: 12, right: 18, top: 28, bottom: 10, containLabel: true },
    xAxis: { type: "category", data: rows.map((row) => row.period), ...axis, splitLine: { show: false } },
    yAxis: { type: "value", scale: isFlat(rows), ...axis },
    series,
  };
}

function isFlat(rows) {
  // Whether the figures lie close together, far from zero: only then may the axis begin elsewhere.
  const values = rows.flatMap((row) => [row.value, row.target]).filter((text) => text !== "").map((text) => Math.abs(Number(text)));
  return Math.min(...values) > Math.max(...values) / 2;
}

function bar(rows) {
  return {
    grid: { left: 12, right: 70, top: 10, bottom: 10, containLabel: true },
    xAxis: { type: "value", show: false },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), ...axis, splitLine: { show: false },
      axisLabel: { ...axis.axisLabel, width: 110, overflow: "break" } },
    series: [{
      type: "bar", data: rows.map((row) => number(row.value)), color: FIELD, barMaxWidth: 18,
      label: { show: true, position: "right", color: INK, formatter: (at) => rows[at.dataIndex].words },
    }],
  };
}

const words = (rows, value) => rows.find((row) => number(row.value) === value)?.words ?? "";

function map(rows) {
  const values = rows.map((row) => number(row.value)).filter((value) => value !== null);
  const low = Math.min(...values), high = Math.max(...values);
  return {
    visualMap: {
      min: low, max: low === high ? low + 1 : high, calculable: false, left: 8, bottom: 8, itemHeight: 90, itemWidth: 12,
      inRange: { color: [PALE, "#8fc3a6", FIELD, "#0c3a25"] }, textStyle: { color: INK, fontSize: 12 },
text: [words(rows, high), words(rows, low)],
    },
    series: [{
      type: "map", map: "shapes", nameProperty: "name", roam: false, left: 60, right: 10, top: 10, bottom: 10, aspectScale: 0.93,
      data: rows.map((row) => ({ name: row.code, value: number(row.value) ?? NaN })),
      label: { show: rows.length < 25, fontSize: 12, color: INK, textBorderColor: "#fff", textBorderWidth: 3,
        formatter: (at) => rows.find((row) => row.code === at.name)?.name ?? "" },
      labelLayout: { hideOverlap: true },
      itemStyle: { areaColor: "#efece3", borderColor: "#6d6a5f", borderWidth: 0.8 },
      emphasis: { label: { show: true }, itemStyle: { areaColor: "#f3d27a" } },
      select: { disabled: true },
    }],
  };
}

export async function outlines(address, places) {
  // Of the shipped outlines those of the places, as GeoJSON; null where any of them has none.
  const answer = await fetch(address);
  const shipped = await answer.json();
  const wanted = places.filter((place) => place.code in shipped.places);
  if (!wanted.length || wanted.length < places.length / 2) return null;
  const features = wanted.map((place) => ({
    type: "Feature",
    properties: { name: place.code },
    geometry: {
      type: "MultiPolygon",
      coordinates: shipped.places[place.code].map((rings) => rings.map((ring) => walked(ring, shipped.units))),
    },
  }));
  return { type: "FeatureCollection", features };
}

function walked(steps, units) {
  let [x, y] = steps;
  const points = [[x / units, y / units]];
  for (let at = 2; at < steps.length; at += 2) {
    x += steps[at];
    y += steps[at + 1];
    points.push([x / units, y / units]);
  }
  points.push(points[0]);
  return points;
}
