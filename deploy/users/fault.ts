/** What the exit code says. */
export const exitCodes = { refused: 1, usage: 2, unreachable: 3 } as const;

/** Ends the command with a clear text. */
export class Fault extends Error {
  readonly exitCode: number;

  constructor(kind: keyof typeof exitCodes, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Fault";
    this.exitCode = exitCodes[kind];
  }
}
