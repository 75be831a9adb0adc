import { appBuild } from "./plain/build.ts";

export default appBuild;
