/** Where only those with an account open rooms: a lesson in it, and everybody who comes. */
import { ScriptedClient } from "@veche/xmpp/testing/scripted-client.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";

export const room = "lesson@muc.meet.jitsi";
export const lobby = "lesson@lobby.meet.jitsi";
export const muc = "http://jabber.org/protocol/muc";
export const jitmeet = 'xmlns="http://jitsi.org/jitmeet"';
export const account = { name: "anna.petrova", password: "Двадцать-два-слона", role: "teacher" } as const;
export const roomPassword = "sesame";
export const guests = "guest.meet.jitsi";

export class School implements AsyncDisposable {
  readonly stack: TestStack;
  readonly #everybody: ScriptedClient[] = [];

  private constructor(stack: TestStack) {
    this.stack = stack;
  }

  static async open(): Promise<School> {
    const stack = await startTestStack();
    await stack.administrator.addUser(account);
    await stack.administrator.change({ secureDomain: true });
    return new School(stack);
  }

  /** A connection of somebody who has not said yet who they are. */
  async arrive(query = ""): Promise<ScriptedClient> {
    return this.#remember(await ScriptedClient.webSocket(this.stack.local.ports.xmpp, query));
  }

  async arriveByBosh(): Promise<ScriptedClient> {
    return this.#remember(await ScriptedClient.bosh(this.stack.local.ports.xmpp));
  }

  async teacherArrives(): Promise<ScriptedClient> {
    const teacher = await this.arrive();
    await teacher.signInWith(account.name, account.password);
    teacher.nick = "aaaaaaaa";
    await teacher.enableResume();
    return teacher;
  }

  async guestArrives(query = ""): Promise<ScriptedClient> {
    const guest = await this.arrive(query);
    await guest.signIn(guests);
    return guest;
  }

  /** What operators see of the rooms. */
  async rooms<Room extends { readonly jid: string }>(): Promise<readonly Room[]> {
    const debug = await (await fetch(`http://127.0.0.1:${this.stack.local.ports.xmpp}/debug`)).json();
    return (debug as { rooms: Room[] }).rooms;
  }

  #remember(client: ScriptedClient): ScriptedClient {
    this.#everybody.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#everybody) client.drop();
    await this.stack[Symbol.asyncDispose]();
  }
}
