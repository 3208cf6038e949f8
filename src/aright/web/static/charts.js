/* The charts of an incident on one clock: the same data as the still pictures, with a cursor and spans. */
(() => {
  const page = () => document.querySelector("#page[data-series]");
  const strips = () => document.querySelector("#strips");
  if (!page() || !window.uPlot) return;
  const root = document.documentElement;
  let charts = [], shown = "", data = null, at = null, selected = null;

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const digits = (x) => {
    const size = Math.abs(x);
    return size >= 100 || Number.isInteger(x) ? x.toFixed(0) : x.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size)))));
  };
  const said = (x, unit) => {
    if (x == null) return "–";
    if (unit === "share") { const p = 100 * x; return p.toFixed(p >= 10 || p === 0 ? 0 : p >= 1 ? 1 : 2) + "\u202f%"; }
    if (unit === "bytes") {
      for (const name of ["B", "KiB", "MiB"]) { if (Math.abs(x) < 1024) return digits(x) + "\u202f" + name; x /= 1024; }
      return digits(x) + "\u202fGiB";
    }
    return digits(x) + ({ ms: "\u202fms", percent: "\u202f%" }[unit] || "");
  };
  const clock = (s) => new Date(1000 * s).toISOString().slice(11, 19);

  /* A selected span is part of the address, so that it can be sent to somebody. */
  const span = () => {
    const asked = new URLSearchParams(location.search);
    const [from, to] = [Number(asked.get("from")), Number(asked.get("to"))];
    return from && to > from ? [from, to] : null;
  };
  const select = (range) => {
    selected = range;
    const address = new URL(location.href);
    for (const [i, name] of ["from", "to"].entries()) {
      if (range) address.searchParams.set(name, Math.round(range[i])); else address.searchParams.delete(name);
    }
    history.replaceState(history.state, "", address);
    const note = document.querySelector("#selection");
    if (note) note.hidden = !range;
    const [min, max] = range || [data.start, data.end];
    for (const chart of charts) chart.setScale("x", { min, max });
  };

  const under = (panel) => (u) => {
    const ctx = u.ctx, { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.beginPath(); ctx.rect(left, top, width, height); ctx.clip();
    if (panel.band) {
      const [low, high] = panel.band.map((v) => u.valToPos(v, "y", true));
      ctx.fillStyle = colour("--band");
      ctx.fillRect(left, high, width, Math.max(low - high, devicePixelRatio));
    }
    ctx.lineWidth = devicePixelRatio;
    const line = (x0, y0, x1, y1, dash, name) => {
      ctx.strokeStyle = colour(name); ctx.setLineDash(dash.map((d) => d * devicePixelRatio));
      ctx.beginPath(); ctx.moveTo(x0, y0); ctx.lineTo(x1, y1); ctx.stroke();
    };
    if (panel.baseline != null) { const y = u.valToPos(panel.baseline, "y", true); line(left, y, left + width, y, [2, 4], "--soft"); }
    for (const mark of data.marks) {
      const x = u.valToPos(mark.at, "x", true);
      line(x, top, x, top + height, mark.kind === "change" ? [3, 3] : [], { onset: "--hit", declared: "--hit", change: "--soft" }[mark.kind] || "--good");
    }
    ctx.restore();
  };

  /* The ends of the scale stand over all lines, with a rim of paper that keeps these off the digits. */
  const over = (panel) => (u) => {
    const ctx = u.ctx, { left, top, height } = u.bbox, d = devicePixelRatio;
    ctx.save();
    ctx.font = 10.5 * d + "px system-ui, sans-serif";
    ctx.lineJoin = "round"; ctx.lineWidth = 4 * d;
    ctx.strokeStyle = colour("--paper"); ctx.fillStyle = colour("--soft");
    for (const [value, y] of [[panel.high, top + 11 * d], [panel.low, top + height - 4 * d]]) {
      ctx.strokeText(said(value, panel.unit), left + 4 * d, y);
      ctx.fillText(said(value, panel.unit), left + 4 * d, y);
    }
    ctx.restore();
  };

  const read = (u, index, panel, readout) => {
    at = index;
    if (index == null) { readout.textContent = ""; return; }
    const values = panel.lines.map((line) => (panel.lines.length > 1 ? line.label + " " : "") + said(line.values[index], panel.unit));
    readout.textContent = clock(data.x[index]) + "  " + values.join(" · ");
  };

  const build = (panel, place, height) => {
    place.replaceChildren();
    const readout = document.createElement("div");
    readout.className = "readout";
    const options = {
      width: place.clientWidth, height, legend: { show: false }, padding: [0, 0, 0, 0],
      cursor: { y: false, sync: { key: "incident", setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      select: { show: true },
      scales: { x: { time: false, range: () => selected || [data.start, data.end] }, y: { range: [panel.low, panel.high] } },
      axes: [{ show: false }, { show: false }],
      series: [{}, ...panel.lines.map((line) => ({
        label: line.label, stroke: colour(line.role === "hit" ? "--hit" : "--calm"), width: line.role === "hit" ? 2 : 1.25, points: { show: false }, spanGaps: false,
      }))],
      hooks: {
        drawClear: [under(panel)],
        draw: [over(panel)],
        setCursor: [(u) => read(u, u.cursor.idx, panel, readout)],
        setSelect: [(u) => {
          if (u.select.width < 6) return;
          const range = [u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x")];
          for (const chart of charts) chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          select(range);
        }],
      },
    };
    const chart = new uPlot(options, [data.x, ...panel.lines.map((line) => line.values)], place);
    chart.over.addEventListener("dblclick", () => select(null));
    place.append(readout);
    return chart;
  };

  const draw = () => {
    for (const chart of charts) chart.destroy();
    charts = [];
    data.panels.forEach((panel, index) => {
      const place = document.querySelector("#moving-" + index);
      if (place) charts.push(build(panel, place, index === 0 ? 128 : 72));
    });
    root.classList.toggle("live-charts", charts.length > 0);
  };

  const load = async () => {
    const from = page()?.dataset.series;
    if (!from) return;
    try {
      const answer = await fetch(from, { headers: { Accept: "application/json" } });
      if (!answer.ok) return; /* the still pictures stay */
      data = await answer.json();
    } catch { return; }
    if (!data.panels.length) return;
    const shape = JSON.stringify(data.panels.map((panel) => [panel.key, panel.low, panel.high, panel.band, panel.lines.map((line) => line.label)]));
    const there = data.panels.every((_, index) => document.querySelector("#moving-" + index)?.firstChild);
    if (shape !== shown || !there) { shown = shape; selected = selected || span(); draw(); }
    else charts.forEach((chart, index) => chart.setData([data.x, ...data.panels[index].lines.map((line) => line.values)]));
    const note = document.querySelector("#selection");
    if (note) note.hidden = !selected;
  };

  /* Keyboard: arrows move the cursor, Escape lets the span go. */
  document.addEventListener("keydown", (event) => {
    if (!charts.length || event.target !== strips()) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") select(null);
    if (!step) return;
    event.preventDefault();
    const count = data.x.length;
    at = at == null ? count - 1 : Math.min(count - 1, Math.max(0, at + step * (event.shiftKey ? 10 : 1)));
    const u = charts[0];
    u.setCursor({ left: u.valToPos(data.x[at], "x"), top: 1 });
    const readout = document.querySelector("#readout");
    if (readout) readout.textContent = [...document.querySelectorAll(".readout")].map((each, i) => data.panels[i].title + " " + each.textContent).join("; ");
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.("#selection button")) select(null); });
  document.addEventListener("aright:colours", () => { if (data) draw(); });
  document.addEventListener("htmx:after:swap", load);
  let width = 0;
  new ResizeObserver(() => {
    const place = document.querySelector("#moving-0");
    if (!place || place.clientWidth === width) return;
    width = place.clientWidth;
    for (const chart of charts) chart.setSize({ width, height: chart.height });
  }).observe(document.body);
  load();
})();
