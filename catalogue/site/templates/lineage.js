// The fields are buttons; GRAPH has their names and, for each edge, origin, result and whether it
// decides on rows only.
const buttons = [...document.querySelectorAll("#flow button")];
const byNumber = new Map(buttons.map((button) => [Number(button.dataset.number), button]));
const numbers = new Map(GRAPH.names.map((name, number) => [name, number]));
const input = document.getElementById("name");
const withRows = document.getElementById("rows");
const said = document.getElementById("said");
const lines = document.getElementById("lines");
let chosen = null;

for (const name of new Set(GRAPH.names)) {
  document.getElementById("names").append(new Option(name));
}
// The earliest in the flow is meant where several have a name.
GRAPH.names.forEach((name, number) => { if (numbers.get(name) > number) numbers.set(name, number); });

function reached(start, from, to, rows) {
  const found = new Set([start]);
  const waiting = [start];
  while (waiting.length) {
    const at = waiting.pop();
    for (const edge of GRAPH.edges) {
      if (edge[from] === at && (rows || !edge[2]) && !found.has(edge[to])) {
        found.add(edge[to]);
        waiting.push(edge[to]);
      }
    }
  }
  return found;
}

function choose(number) {
  chosen = number;
  const value = number === null ? null : both(number, false);
  const shown = number === null ? null : both(number, withRows.checked);
  for (const button of buttons) {
    const own = Number(button.dataset.number);
    button.hidden = shown !== null && !shown.has(own);
    button.classList.toggle("rows", value !== null && !value.has(own));
    button.setAttribute("aria-pressed", String(own === number));
  }
  for (const box of document.querySelectorAll(".relation")) {
    box.hidden = !box.querySelector("button:not([hidden])");
  }
  const charts = buttons.filter((one) => !one.hidden && one.closest("section").ariaLabel === "Charts");
  said.textContent = number === null ? "" :
    `${GRAPH.names[number]}: ${shown.size - 1} fields and charts on its way, ${charts.length} charts`;
  draw(shown);
  const hash = number === null ? " " : `#${encodeURIComponent(GRAPH.names[number])}`;
  history.replaceState(null, "", hash === " " ? location.pathname : hash);
}

function both(number, rows) {
  return new Set([...reached(number, 0, 1, rows), ...reached(number, 1, 0, rows)]);
}

function draw(shown) {
  const flow = document.getElementById("flow");
  const origin = flow.getBoundingClientRect();
  lines.replaceChildren();
  lines.setAttribute("width", flow.scrollWidth);
  lines.setAttribute("height", flow.scrollHeight);
  if (shown === null) return;
  for (const [from, to, rows] of GRAPH.edges) {
    if (!shown.has(from) || !shown.has(to) || (rows && !withRows.checked)) continue;
    const a = byNumber.get(from).getBoundingClientRect();
    const b = byNumber.get(to).getBoundingClientRect();
    const left = origin.left - flow.scrollLeft;
    // Within a layer the line leaves and comes on the left.
    const same = a.left === b.left;
    const [x1, y1] = [(same ? a.left : a.right) - left, a.top + a.height / 2 - origin.top];
    const [x2, y2] = [b.left - left, b.top + b.height / 2 - origin.top];
    const [out, back] = same ? [-20, 20] : [(x2 - x1) / 2, (x2 - x1) / 2];
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", `M${x1} ${y1}C${x1 + out} ${y1} ${x2 - back} ${y2} ${x2} ${y2}`);
    if (rows) path.setAttribute("class", "rows");
    lines.append(path);
  }
}

function byName(name) {
  const number = numbers.get(name.trim());
  if (number === undefined) {
    said.textContent = name.trim() ? `There is no field ${name.trim()}.` : "";
    return;
  }
  choose(number);
  byNumber.get(number).scrollIntoView({ block: "nearest", inline: "nearest" });
}

buttons.forEach((button) => button.addEventListener("click", () => {
  const number = Number(button.dataset.number);
  choose(number === chosen ? null : number);
}));
input.addEventListener("change", () => byName(input.value));
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  byName(input.value);
});
withRows.addEventListener("change", () => choose(chosen));
document.getElementById("all").addEventListener("click", () => choose(null));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") choose(null);
  if (event.key === "/" && document.activeElement !== input) { event.preventDefault(); input.focus(); }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const seen = buttons.filter((one) => !one.hidden);
  const at = seen.indexOf(document.activeElement);
  if (step && at >= 0) { event.preventDefault(); seen[(at + step + seen.length) % seen.length].focus(); }
});
addEventListener("resize", () => draw(chosen === null ? null : both(chosen, withRows.checked)));
const fromAddress = () => { if (location.hash) byName(decodeURIComponent(location.hash.slice(1))); };
addEventListener("hashchange", fromAddress);
fromAddress();
