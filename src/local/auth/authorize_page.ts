import { html, raw } from "hono/html";

type Html = ReturnType<typeof html>;

const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { max-width: 36rem; margin: 3rem auto; padding: 0 1rem; }
  code { overflow-wrap: anywhere; }
  input { width: 100%; box-sizing: border-box; font: inherit; padding: 0.5rem; margin: 0.25rem 0 1rem; }
  button { font: inherit; padding: 0.5rem 1rem; margin-right: 0.5rem; }
  [role="alert"] { border-left: 0.25rem solid; padding-left: 0.75rem; }
`;

/** What a person is asked. */
export interface Question {
  clientId: string;
  scopes: readonly string[];
  redirectUri: string;
  /** What the application wants to be told. */
  message: string | undefined;
  /** What was wrong with the last answer. */
  problem?: string;
}

/** The page that asks a person to let a client in. It is sent to where it came from, with the same query. */
export function questionPage({ clientId, scopes, redirectUri, message, problem }: Question): Html {
  return page(
    "Let it in?",
    html`
      <p><code>${clientId}</code> asks to use the Compute service on this machine for you, and to be answered at
        <code>${redirectUri}</code>. Whoever is let in may run code here.</p>
      ${message === undefined ? "" : html`<p>It says: ${message}</p>`}
      <p>It asks for:</p>
      <ul>${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}</ul>
      ${problem === undefined ? "" : html`<p role="alert">${problem}</p>`}
      <form method="post">
        <label for="secret">The secret that the service printed when it started</label>
        <input id="secret" name="secret" type="password" autocomplete="off" autofocus>
        <button name="decision" value="allow">Let it in</button>
        <button name="decision" value="deny">No</button>
      </form>
    `,
  );
}

/** The page that shows a code to a person who is to paste it. */
export function codePage(code: string): Html {
  return page(
    "Your code",
    html`
      <p>Paste this where you were asked for it:</p>
      <p><code>${code}</code></p>
    `,
  );
}

/** The page for what cannot be sent back to the application. */
export function problemPage(problem: string): Html {
  return page("This cannot be done", html`<p role="alert">${problem}</p>`);
}

function page(title: string, body: Html): Html {
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>${title} · Local Compute service</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>
  `;
}
