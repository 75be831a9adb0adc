import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderPermissions } from "./render.ts";

writeFileSync(join(import.meta.dirname, "permissions.conf"), renderPermissions());
