import { text } from "node:stream/consumers";
import { Fault } from "./fault.ts";

type Wanted = { readonly generate?: boolean | undefined; readonly "password-stdin"?: boolean | undefined };

/** What the API is asked for: a password, or to make one. */
export type Password = { readonly type: "given"; readonly password: string } | { readonly type: "generated" };

const askFirst = "Password (nothing: a one-time password is made): ";

export async function choosePassword(wanted: Wanted): Promise<Password> {
  if (wanted.generate && wanted["password-stdin"]) throw new Fault("usage", "--generate or --password-stdin, not both");
  if (wanted.generate) return { type: "generated" };
  if (wanted["password-stdin"]) return given((await text(process.stdin)).replace(/\r?\n$/, ""));
  if (!process.stdin.isTTY) throw new Fault("usage", "there is no terminal to ask at: --generate or --password-stdin");
  const password = await askHidden(askFirst);
  if (password === "") return { type: "generated" };
  if ((await askHidden("Once more: ")) !== password) throw new Fault("usage", "the two passwords differ");
  return given(password);
}

function given(password: string): Password {
  if (password === "") throw new Fault("usage", "the password is empty");
  return { type: "given", password };
}

/** One line from the terminal, which does not show it. */
async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  const line = new HiddenLine();
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      const state = line.type(String(chunk));
      if (state === "cancelled") throw new Fault("usage", "cancelled");
      if (state === "ended") break;
    }
    return line.text;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}

/** What a terminal in raw mode does not do by itself. */
export class HiddenLine {
  #characters: string[] = [];

  get text(): string {
    return this.#characters.join("");
  }

  type(keys: string): "open" | "ended" | "cancelled" {
    for (const key of keys) {
      if (key === "\r" || key === "\n" || key === "\u0004") return "ended";
      if (key === "\u0003") return "cancelled";
      if (key === "\u007f" || key === "\b") this.#characters.pop();
      else if (key === "\u0015") this.#characters = [];
      else if (key >= " ") this.#characters.push(key);
    }
    return "open";
  }
}
