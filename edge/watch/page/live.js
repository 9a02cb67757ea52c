// @ts-check
// Keeps the page of an open batch up to date. Without it the page is as good, and reloads itself.
/// <reference lib="dom" />

/** @typedef {{ pending: number, success: number, failed: number, lost: number }} Counts */
/** @typedef {{ state: string, taskCount: number, counts: Counts, tasks?: { index: number }[] }} Progress */

(() => {
  const main = document.querySelector("main[data-events]");
  if (!(main instanceof HTMLElement)) return;
  const { events = "", title = "" } = main.dataset;
  const RETRY_MS = 5000;
  const REDRAW_EVERY_MS = 1500;
  const ANNOUNCE_EVERY_MS = 10_000;
  let shownState = main.dataset.state;
  let announcedAtMs = 0;
  let redraws = 0;
  let shownRedraw = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let redrawTimer;

  /** @param {string} selector @param {string} text */
  const write = (selector, text) => {
    const element = document.querySelector(selector);
    if (element !== null && element.textContent !== text) element.textContent = text;
  };

  /** @param {Progress} progress @param {boolean} isDone */
  const show = ({ state, taskCount, counts }, isDone) => {
    const ended = taskCount - counts.pending;
    const bar = document.querySelector("#progress");
    // The page as it was drawn again may have told of more already.
    if (bar instanceof HTMLProgressElement && ended < bar.value) return;
    const percent = `${taskCount === 0 ? 100 : Math.floor((100 * ended) / taskCount)} %`;
    if (bar instanceof HTMLProgressElement) {
      bar.value = ended;
      bar.textContent = percent;
      bar.dataset.state = state;
    }
    write("#ended", `${ended} of ${taskCount} tasks have ended`);
    write("#percent", percent);
    for (const [name, count] of Object.entries(counts)) write(`#count-${name}`, String(count));
    document.title = isDone ? title : `${percent} · ${title}`;
    const failed = counts.failed === 0 ? "" : `, ${counts.failed} failed`;
    if (isDone || Date.now() - announcedAtMs >= ANNOUNCE_EVERY_MS) {
      announcedAtMs = Date.now();
      write(
        "#news",
        isDone
          ? `${counts.pending === 0 ? "All tasks have" : "The batch has"} ended${failed}`
          : `${percent}: ${ended} tasks have ended${failed}`,
      );
    }
  };

  /**
   * Takes over the bar and the counts of a drawn page that knows of more ends than the events have told yet.
   *
   * @param {Document} drawn
   */
  const catchUp = (drawn) => {
    const [bar, fresh] = [document, drawn].map((page) => page.querySelector("#progress"));
    if (!(bar instanceof HTMLProgressElement && fresh instanceof HTMLProgressElement)) return;
    if (fresh.value <= bar.value) return;
    bar.value = fresh.value;
    bar.textContent = fresh.textContent;
    bar.dataset.state = fresh.dataset.state;
    for (const { id, textContent } of drawn.querySelectorAll("#ended, #percent, [id^=count-]")) {
      write(`#${id}`, textContent);
    }
    document.title = drawn.title;
  };

  /** Takes over what is new from the page as the server draws it now; what has not changed keeps its focus. */
  const redraw = async () => {
    clearTimeout(redrawTimer);
    redrawTimer = undefined;
    const redrawing = ++redraws;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
      // An answer that was overtaken on its way shows an older state. One that is slow alone is shown nevertheless.
      if (redrawing < shownRedraw) return;
      shownRedraw = redrawing;
      catchUp(drawn);
      for (const fresh of drawn.querySelectorAll("[data-live]")) {
        const stale = document.getElementById(fresh.id);
        if (stale === null || stale.dataset.live === fresh.getAttribute("data-live")) continue;
        stale.replaceWith(document.importNode(fresh, true));
      }
    } catch {
      if (redrawing === redraws) later(RETRY_MS);
    }
  };

  /** @param {number} ms */
  const later = (ms) => {
    redrawTimer ??= setTimeout(redraw, ms);
  };

  const connect = () => {
    const source = new EventSource(events);
    source.addEventListener("progress", ({ data }) => {
      /** @type {Progress} */
      const progress = JSON.parse(data);
      show(progress, false);
      if (progress.state !== shownState || (progress.tasks ?? []).length > 0) later(REDRAW_EVERY_MS);
      shownState = progress.state;
    });
    source.addEventListener("done", ({ data }) => {
      source.close();
      show(JSON.parse(data), true);
      redraw();
    });
    source.addEventListener("error", () => {
      // A stream that was refused is not tried again by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS);
    });
  };
  connect();
})();
