export type ApiLimits = {
  /** Of a JSON body. */
  readonly bodyBytes: number;
  /** Accounts in one answer. */
  readonly pageSize: number;
  /** Worked on at once; more are refused. */
  readonly requests: number;
  readonly imports: number;
};
