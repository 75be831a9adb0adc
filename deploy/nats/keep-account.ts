import { join } from "node:path";
import { type AccountFiles, readOrNot } from "./files.ts";
import { type AccountContent, accountJwt, type Revocations, readAccount, saysTheSame } from "./jwt.ts";

type Kept = {
  readonly files: AccountFiles;
  readonly key: string;
  readonly file: string;
  readonly resolver: string | undefined;
  readonly operatorSeed: string;
  readonly content: (revoked: Revocations) => AccountContent;
};

/**
 * Of the JWT in our file and the one the server has kept, the newer one says who is revoked: it may have been pushed from
 * another host. It stays as it is where it says what it should.
 */
export async function keepAccount({ files, key, file, resolver, operatorSeed, content }: Kept): Promise<string> {
  const known = [files.read(file), resolver === undefined ? undefined : readOrNot(join(resolver, `${key}.jwt`))]
    .flatMap((jwt) => (jwt === undefined ? [] : [jwt.trim()]))
    .filter((jwt) => readAccount(jwt).key === key)
    .sort((a, b) => readAccount(b).issuedAt - readAccount(a).issuedAt);
  const [newest] = known;
  const wanted = content(newest === undefined ? {} : readAccount(newest).revocations);
  const jwt =
    newest !== undefined && saysTheSame(newest, wanted) ? newest : await accountJwt(key, operatorSeed, wanted, known);
  if (files.read(file)?.trim() !== jwt) files.write(file, `${jwt}\n`);
  return jwt;
}
