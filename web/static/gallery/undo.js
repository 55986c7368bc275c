// The seconds that remain for an undo, counted down; with the last one, the page tells what is true by then.

const form = document.querySelector("[data-undo-seconds]");
if (form) {
  const until = Date.now() + Number(form.dataset.undoSeconds) * 1000;
  const left = form.querySelector("[data-undo-left]");
  const count = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds <= 0) {
      clearInterval(timer);
      location.reload();
      return;
    }
    left.textContent = `You can undo this for ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  };
  const timer = setInterval(count, 1000);
  form.addEventListener("submit", () => clearInterval(timer));
}
