// The chart of the queue: depth as an area, arrivals and completions as lines, gaps where nothing is known. What it
// shows is in the table below it, too, which closes when the chart is there.

const HEIGHT = 280;
const RENEW_MS = 60_000;
const GAP_STEPS = 2.5; // a tick may come late without a gap
const AXIS_TIMES = {
  "1h": { hour: "2-digit", minute: "2-digit", timeZone: "UTC" },
  "24h": { hour: "2-digit", minute: "2-digit", timeZone: "UTC" },
  "7d": { day: "numeric", month: "short", timeZone: "UTC" },
};
const place = document.getElementById("trends-chart");
const legend = document.getElementById("trends-legend");
const values = [...legend.querySelectorAll("[data-value]")];
const at = document.getElementById("trends-at");
const dark = matchMedia("(prefers-color-scheme: dark)");
let chart = null;
let data = [];

function colour(name) {
  return getComputedStyle(legend.querySelector(`.key-${name}`)).color;
}

// Columns as uPlot wants them: seconds, depth, arrivals, completions. Null breaks a line.
function columns({ points, step_seconds: step }) {
  const rows = [[], [], [], []];
  let before = null;
  for (const { at: moment, depth, arrivals, completions } of points) {
    const seconds = Date.parse(moment) / 1000;
    const gap = before !== null && seconds - before > GAP_STEPS * step;
    if (gap) [before + step, null, null, null].forEach((value, i) => rows[i].push(value));
    [seconds, depth, arrivals, completions].forEach((value, i) => rows[i].push(value));
    before = seconds;
  }
  return rows;
}

function tell(plot) {
  const index = plot.cursor.idx;
  const known = index !== null && index !== undefined;
  at.textContent = known ? new Date(data[0][index] * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }) : "";
  values.forEach((part, i) => {
    const value = known ? data[i + 1][index] : null;
    part.textContent = !known ? "" : value === null ? "unknown" : (Math.round(value * 10) / 10).toLocaleString("en-GB");
  });
}

function draw() {
  chart?.destroy();
  const time = (_, moments) => {
    const words = moments.map((seconds) => new Date(seconds * 1000).toLocaleString("en-GB", AXIS_TIMES[place.dataset.span]));
    return words.map((word, i) => word === words[i - 1] ? "" : word); // a day has its name once
  };
  const axis = { stroke: colour("axis"), grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false }, font: "12px Figtree, sans-serif" };
  const line = (name, more) => ({ label: name, stroke: colour(name), width: 2, points: { show: false }, ...more });
  chart = new uPlot({
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    hooks: { setCursor: [tell] },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"), // as the table has it
    scales: { depth: { range: (_, __, most) => [0, Math.max(5, (most ?? 0) * 1.1)] }, rate: { range: (_, __, most) => [0, Math.max(5, (most ?? 0) * 1.1)] } },
    axes: [{ ...axis, values: time, space: 70 }, { ...axis, scale: "depth", size: 48 }, { ...axis, scale: "rate", side: 1, size: 48, grid: { show: false } }],
    series: [
      {},
      line("depth", { scale: "depth", fill: colour("area") }),
      line("arrivals", { scale: "rate", dash: [6, 4] }),
      line("completions", { scale: "rate" }),
    ],
  }, data, place);
}

async function renew() {
  const response = await fetch(place.dataset.url, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(response.statusText);
  const answer = await response.json();
  data = columns(answer);
  if (!data[0].length) return;
  place.hidden = legend.hidden = false;
  if (chart) chart.setData(data);
  else {
    draw();
    document.getElementById("trends-table").open = false;
  }
}

async function turn() {
  try {
    if (!document.hidden) await renew();
  } catch {
    // The last chart stays, and the table; the page's own note tells how old the samples are.
  }
  setTimeout(turn, RENEW_MS);
}

new ResizeObserver(() => chart?.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
dark.addEventListener("change", () => chart && draw());
new MutationObserver(() => chart && draw()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
turn();
