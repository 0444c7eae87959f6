// Charts of readings and of risk, with what happened drawn across them. Hung on [data-chart];
// the numbers come from data-url, words from data-*, colours from the style sheet's tokens.
(() => {
  const HEIGHTS = { sensor: 208, risk: 176 };
  const DAY_MS = 86400000;
  const DASHES = { failure: [], service: [6, 4], order: [2, 3], dismissal: [1, 4] };
  const NEAR_PX = 7;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--chart-${name}`).trim();
  }

  function clock(zone) {
    const part = (options) => new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
    const [day, month, year] = [part({ day: "numeric" }), part({ month: "short" }), part({ year: "numeric" })];
    const hour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    const date = (at) => `${day.format(at * 1000)} ${month.format(at * 1000)}`;
    return {
      date,
      hour: (at) => hour.format(at * 1000),
      moment: (at) => `${date(at)} ${year.format(at * 1000)}, ${hour.format(at * 1000)}`,
    };
  }

  function crossing(plot, mark) {
    const x = plot.valToPos(mark.at, "x", true);
    return x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width ? null : x;
  }

  function drawMarks(plot, list) {
    const pen = plot.ctx;
    pen.save();
    pen.lineWidth = 1.5 * devicePixelRatio;
    for (const mark of list) {
      const x = crossing(plot, mark);
      if (x === null) continue;
      pen.strokeStyle = colour(mark.kind);
      pen.setLineDash(DASHES[mark.kind].map((length) => length * devicePixelRatio));
      pen.beginPath();
      pen.moveTo(x, plot.bbox.top);
      pen.lineTo(x, plot.bbox.top + plot.bbox.height);
      pen.stroke();
    }
    pen.restore();
  }

  // One line under the chart: what the pointer is on, first what happened there.
  function note(box, plot, found, says) {
    const line = box.querySelector(".chart-note");
    const { idx, left } = plot.cursor;
    if (idx === null || idx === undefined || left < 0) {
      line.textContent = "";
      return;
    }
    const time = clock(box.dataset.zone);
    const near = found.marks.filter((mark) => Math.abs(plot.valToPos(mark.at, "x") - left) < NEAR_PX);
    const happened = near.map((mark) => `${box.dataset[mark.kind]}${mark.text ? `: ${mark.text}` : ""}, ${time.moment(mark.at)}`);
    line.textContent = [...happened, `${time.moment(found.at[idx])}: ${says(idx)}`].join(" \u00b7 ");
  }

  function axes(format, zone, unit) {
    const time = clock(zone);
    const shared = { stroke: colour("axis"), grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false } };
    const dates = (_plot, ticks, _axis, _space, step) => ticks.map((tick) => (step < 86400 ? time.hour(tick) : time.date(tick)));
    const label = unit ? { label: unit, labelSize: 18, labelFont: "12px sans-serif" } : {};
    return [{ ...shared, values: dates, space: 72, size: 32 }, { ...shared, ...label, size: 46, values: (_plot, ticks) => ticks.map(format) }];
  }

  function sensorOptions(box, found) {
    const decimals = Number(box.dataset.decimals);
    const show = (value) => (value === null ? "\u2013" : `${value.toFixed(decimals)} ${box.dataset.unit}`.trim());
    const line = { stroke: colour("line"), width: 1.5, points: { show: false } };
    const edge = { stroke: "transparent", width: 0, points: { show: false } };
    const hourly = found.low !== null;
    const { mean, high, low } = box.dataset;
    const last = found.at[found.at.length - 1];
    const end = Math.max(last, Date.parse(box.dataset.to) / 1000);
    return {
      data: hourly ? [found.at, found.high, found.low, found.value] : [found.at, found.value],
      series: hourly ? [{}, edge, edge, line] : [{}, line],
      bands: hourly ? [{ series: [1, 2], fill: colour("band") }] : [],
      axes: axes((value) => value.toLocaleString(undefined, { maximumFractionDigits: decimals }), box.dataset.zone, box.dataset.unit),
      // Up to now, not only to the last reading: what happened since has its mark.
      scales: { x: { range: (_plot, from, to) => [from, to === last ? end : to] } },
      says: (at) => (hourly ? `${mean} ${show(found.value[at])}, ${low} ${show(found.low[at])}, ${high} ${show(found.high[at])}` : show(found.value[at])),
    };
  }

  function riskOptions(box, found) {
    const percent = (value) => `${Math.round(value * 100)} %`;
    const frequency = (value) => (value === 0 ? "0" : `${Number((value * 10).toFixed(1))} ${box.dataset.frequencies}`);
    const counts = "frequencies" in box.dataset;
    const show = counts ? frequency : percent;
    const ticks = counts ? axes((value) => Number((value * 10).toFixed(1)), box.dataset.zone, box.dataset.frequencies) : axes(percent, box.dataset.zone);
    const limit = found.at.map(() => found.threshold);
    const tail = found.threshold === null ? "" : `, ${box.dataset.limit} ${show(found.threshold)}`;
    return {
      data: [found.at, found.value, limit],
      series: [
        {},
        { stroke: colour("line"), width: 2, fill: colour("band"), points: { show: found.at.length < 40 } },
        { stroke: colour("axis"), dash: [4, 4], width: 1, points: { show: false } },
      ],
      bands: [],
      axes: ticks,
      scales: { y: { range: (_plot, _low, high) => [0, Math.min(1, Math.max(0.1, high * 1.15))] } },
      says: (at) => `${box.dataset.name} ${show(found.value[at])}${tail}`,
    };
  }

  const KINDS = { sensor: sensorOptions, risk: riskOptions };

  function say(box, text) {
    const line = document.createElement("p");
    line.className = "chart-state";
    line.textContent = text;
    box.classList.add("is-empty");
    box.replaceChildren(line);
  }

  function draw(box, found) {
    box.plot?.destroy();
    box.plot = null;
    if (found.at.length < 2) {
      say(box, box.dataset.empty);
      return;
    }
    const kind = box.dataset.chart;
    const { data, says, ...options } = KINDS[kind](box, found);
    const line = document.createElement("p");
    line.className = "chart-note";
    box.classList.remove("is-empty");
    box.replaceChildren();
    const hooks = { draw: (plot) => drawMarks(plot, found.marks), setCursor: (plot) => note(box, plot, found, says) };
    box.append(line);
    box.plot = new uPlot(
      { width: box.clientWidth, height: HEIGHTS[kind], legend: { show: false }, padding: [8, 22, 0, 0], cursor: { drag: { x: true, y: false } }, plugins: [{ hooks }], tzDate: (at) => uPlot.tzDate(new Date(at * 1000), box.dataset.zone), ...options },
      data,
      (plot, made) => {
        box.insertBefore(plot.root, line);
        made();
      },
    );
  }

  function address(box) {
    if (!box.days) return box.dataset.url;
    const end = new Date(box.dataset.to);
    const start = new Date(end.getTime() - box.days * DAY_MS);
    return `${box.dataset.url}?${new URLSearchParams({ from: start.toISOString(), to: end.toISOString() })}`;
  }

  async function load(box) {
    try {
      const answer = await fetch(address(box), { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      box.found = await answer.json();
      draw(box, box.found);
    } catch {
      say(box, "The chart could not be loaded. Reload the page to try again.");
    }
  }

  function ranges(box) {
    const group = box.closest(".card").querySelector("[data-ranges]");
    if (!group || box.dataset.chart !== "sensor") return;
    group.hidden = false;
    for (const button of group.querySelectorAll("[data-days]")) {
      button.addEventListener("click", () => {
        for (const other of group.querySelectorAll("[data-days]")) {
          other.setAttribute("aria-pressed", String(other === button));
        }
        box.days = Number(button.dataset.days);
        load(box);
      });
    }
  }

  const boxes = [...document.querySelectorAll("[data-chart]")];
  const shown = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((each) => each.isIntersecting)) {
      shown.unobserve(entry.target);
      load(entry.target);
    }
  }, { rootMargin: "300px" });
  for (const box of boxes) {
    box.days = box.dataset.chart === "sensor" ? 90 : null;
    ranges(box);
    shown.observe(box);
  }
  addEventListener("resize", () => {
    for (const box of boxes.filter((each) => each.plot)) {
      box.plot.setSize({ width: box.clientWidth, height: HEIGHTS[box.dataset.chart] });
    }
  });
  document.addEventListener("theme-changed", () => {
    for (const box of boxes.filter((each) => each.plot)) draw(box, box.found);
  });
})();
