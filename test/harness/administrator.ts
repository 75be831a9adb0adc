/** Whoever runs the installation: accounts and settings, through the API and the commands they have. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { LocalStack } from "@veche/deploy/local/stack.ts";
import { ApiClient, tokenName } from "@veche/deploy/users/api-client.ts";

export type NewUser = {
  readonly name: string;
  readonly password: string;
  readonly displayName?: string;
  readonly role?: "administrator" | "teacher" | "pupil";
};

export type SettingsChange = {
  readonly secureDomain?: boolean;
  readonly roomOpeners?: "signed-in" | "teachers";
  readonly keepChatDays?: number;
};

const program = resolve(import.meta.dirname, "../../deploy/users/main.ts");

export class Administrator {
  readonly #url: string;
  readonly #tokenFile: string;
  readonly #api: ApiClient;

  constructor({ ports, dataDir }: LocalStack) {
    this.#url = `http://127.0.0.1:${ports.xmpp}`;
    this.#tokenFile = join(dataDir, "secrets", tokenName);
    this.#api = new ApiClient(this.#url, readFileSync(this.#tokenFile, "utf8").trim());
  }

  async addUser(user: NewUser): Promise<void> {
    await this.#api.ask("POST", "/users", user);
  }

  async change(settings: SettingsChange): Promise<void> {
    await this.#api.ask("PATCH", "/settings", settings);
  }

  /** What the command printed: `run("users", "list")` is `npm run users -- list`. */
  async run(...words: readonly string[]): Promise<string> {
    const env = { ...process.env, VECHE_API_URL: this.#url, XMPP_ADMIN_TOKEN_FILE: this.#tokenFile };
    return (await promisify(execFile)(process.execPath, [program, ...words], { env })).stdout;
  }
}
