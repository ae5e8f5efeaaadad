"use strict";
// Without scripts the page shows the tables; with them the charts, and the tables on demand.
(function () {
  const root = document.documentElement;
  const { theme, figures } = JSON.parse(document.getElementById("specs").textContent);
  const narrow = 30 * 16;

  for (const behind of document.querySelectorAll("details.behind")) behind.open = false;
  root.classList.remove("plain");

  function sized(spec, canvas) {
    const width = Math.max(240, canvas.clientWidth);
    if (spec.usermeta && spec.usermeta.square) {
      const side = Math.min(width, 460) - 8;
      return { ...spec, width: side, height: side };
    }
    return { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } };
  }

  function themed(canvas) {
    if (canvas.clientWidth >= narrow) return theme;
    return { ...theme, axis: { ...theme.axis, labelLimit: 96, labelFontSize: 11, titleFontSize: 11 },
             axisX: { ...theme.axisX, tickCount: 4 }, axisY: { ...theme.axisY, minExtent: 0 } };
  }

  async function draw(canvas, spec) {
    const said = canvas.getAttribute("aria-label");
    const { view } = await vegaEmbed(canvas, sized(spec, canvas), {
      config: themed(canvas), renderer: "svg", actions: false, ast: true, defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
    });
    // The canvas says what is to be seen; the many marks in it are nothing to be read one by one.
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", said);
    const svg = canvas.querySelector("svg");
    svg.setAttribute("aria-hidden", "true");
    svg.removeAttribute("role");
    canvas.querySelectorAll("[tabindex], [role]").forEach((mark) => {
      mark.removeAttribute("tabindex");
      mark.removeAttribute("role");
    });
    const buttons = [...canvas.closest("figure").querySelectorAll(".legend button")];
    const all = spec.params && spec.params[0] ? spec.params[0].value : [];
    const offered = new Set(buttons.map((button) => button.dataset.name));
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        const off = new Set(buttons.filter((one) => one.getAttribute("aria-pressed") !== "true")
          .map((one) => one.dataset.name));
        view.signal("shown", all.filter((name) => !offered.has(name) || !off.has(name))).runAsync();
      });
    }
  }

  async function drawAll() {
    for (const [id, spec] of Object.entries(figures)) {
      const canvas = document.getElementById(id);
      try {
        await draw(canvas, spec);
      } catch (error) {
        canvas.textContent = "This chart cannot be drawn here; its numbers stand below.";
        console.error(id, error);
      }
    }
    root.dataset.drawn = String(Object.keys(figures).length);
  }

  const closed = [];
  window.addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details.printed:not([open])")) {
      closed.push(one);
      one.open = true;
    }
  });
  window.addEventListener("afterprint", () => {
    for (const one of closed.splice(0)) one.open = false;
  });

  drawAll();
})();
