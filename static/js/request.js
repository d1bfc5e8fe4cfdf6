// Requests that do not give up at once.
const AGAIN_AFTER = [100, 1000, 3000, 5000];
const LONGEST_WAIT = 60;

// Signing in again in another tab changes the token: the cookie has the present one.
export function tokenOf(form) {
  const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
  return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
}

// What an answer says; nothing, where it is another page.
export function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function answerOf(request, address) {
  const wait = Number(request.getResponseHeader("Retry-After")) || 0;
  return {
    status: request.status,
    said: read(request.responseText),
    // Whoever is signed out is led to another page.
    astray: new URL(request.responseURL).pathname !== address,
    wait: 1000 * Math.min(wait, LONGEST_WAIT),
  };
}

// One request; status 0 when there was no answer, with `held` when it was held back.
function once({ method, address, body, form, progress }, gate, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const done = new AbortController();
    let held = false;
    request.open(method, address);
    request.setRequestHeader("X-CSRFToken", tokenOf(form));
    const hold = () => {
      held = true;
      request.abort();
    };
    gate.addEventListener("close", hold, done);
    signal.addEventListener("abort", () => request.abort(), done);
    request.upload.addEventListener("progress", (event) => progress?.(event.loaded / event.total));
    request.addEventListener("loadend", () => {
      done.abort();
      const none = { status: 0, said: {}, wait: 0, held };
      resolve(request.status ? answerOf(request, address) : none);
    });
    request.send(body);
  });
}

function pause(time, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, time);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}

const mayHelp = ({ status }) => status === 0 || status >= 500 || status === 429;

// The answer in the end: asked again after lost connections and a server in trouble,
// waiting while the gate is closed. Rejects only when the signal, if any, says stop.
export async function ask(what, gate, signal = new AbortController().signal) {
  for (let tries = 0; ; ) {
    await gate.passable(signal);
    const answer = await once(what, gate, signal);
    signal.throwIfAborted();
    if (answer.held) continue;
    if (!mayHelp(answer) || tries === AGAIN_AFTER.length) return answer;
    await pause(Math.max(AGAIN_AFTER[tries++], answer.wait), signal);
  }
}
