"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const touch = matchMedia("(pointer: coarse)").matches;

// ---- one architecture in a dialog; texts are set as text, never as HTML
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function openNetwork(archId) {
  const network = data.networks[archId];
  const dialog = document.getElementById("network");
  if (!network) return;
  dialog.querySelector("h2").textContent = network.name;
  dialog.querySelector(".facts").replaceChildren(...network.facts.map(([name, value]) => {
    const fact = document.createElement("div");
    fact.append(element("dt", name), element("dd", value));
    return fact;
  }));
  dialog.querySelector("tbody").replaceChildren(...network.levels.map((level) => {
    const row = document.createElement("tr");
    row.append(...level.map((text) => element("td", text)));
    return row;
  }));
  dialog.querySelector(".wide").hidden = !network.levels.length;
  dialog.querySelector(".note").textContent =
    network.json ? "head: " + network.head : "The run does not hold this network's architecture.";
  dialog.querySelector("details").hidden = !network.json;
  dialog.querySelector("pre").textContent = JSON.stringify(network.json, null, 1);
  const link = dialog.querySelector("a");
  link.parentElement.hidden = !network.json;
  link.download = archId + ".json";
  link.href = "data:application/json," + encodeURIComponent(JSON.stringify(network.json, null, 1));
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.open");
  if (button) openNetwork(button.dataset.arch);
  if (event.target.id === "network") event.target.close();  // outside the dialog
});

// ---- sorting: numbers by value, empty cells last
function compare(a, b, sign) {
  if (a === "" || b === "") return (a === "") - (b === "");
  const [x, y] = [Number(a), Number(b)];
  return sign * (Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y);
}

function cellValue(row, index) {
  const cell = row.cells[index];
  const value = cell.dataset.value ?? cell.textContent.trim();
  return value === "None" ? "" : value;
}

document.querySelectorAll("#networks thead th").forEach((heading, index) => {
  heading.addEventListener("click", () => {
    const sign = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const body = document.querySelector("#networks tbody");
    const rows = [...body.rows].sort((a, b) => compare(cellValue(a, index), cellValue(b, index), sign));
    body.replaceChildren(...rows);
    document.querySelectorAll("#networks thead th").forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
  });
});

// ---- charts
function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--line"),
    tickcolor: colour("--line"), color: colour("--text"),
  };
  const found = {
    ...layout,
    font: {...layout.font, color: colour("--text"), family: "system-ui, sans-serif", size: 12},
    hoverlabel: {
      bgcolor: colour("--card"), bordercolor: colour("--line"), font: {color: colour("--text")}, align: "left",
    },
    modebar: {bgcolor: "rgba(0,0,0,0)", color: colour("--soft"), activecolor: colour("--text")},
    dragmode: touch ? false : "zoom",  // a finger scrolls the page
  };
  for (const name of Object.keys(layout)) {
    if (/^[xy]axis\d*$/.test(name)) found[name] = {...layout[name], ...axis};
  }
  return found;
}

const options = {
  responsive: true, displaylogo: false, displayModeBar: touch ? false : "hover",
  // Plotly's own server has no business with a chart
  modeBarButtonsToRemove: ["select2d", "lasso2d", "sendChartToCloud"], showSendToCloud: false,
};

async function draw() {
  for (const place of document.querySelectorAll(".chart")) {  // from the top, so that the front appears first
    const figure = data.charts[place.id.replace("chart-", "")];
    const isNew = !place.classList.contains("js-plotly-plot");
    await Plotly.react(place, figure.data, themed(figure.layout), options);
    if (isNew) {
      place.on("plotly_click", (event) => openNetwork(event.points[0].customdata));
    }
    document.documentElement.dataset.first ??= String(Math.round(performance.now()));
    await new Promise(requestAnimationFrame);  // shows it before the next is drawn
  }
}

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function start() {
  const script = document.createElement("script");
  script.textContent = await unpacked("plotly");
  document.head.append(script);
  await draw();
  dark.addEventListener("change", draw);
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

start().catch((error) => {
  const failure = document.getElementById("failure");
  failure.textContent = "The charts cannot be drawn in this browser (" + error + "); the tables below are complete.";
  failure.hidden = false;
});
