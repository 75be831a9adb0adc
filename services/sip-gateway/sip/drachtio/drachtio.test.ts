import { drachtio } from "../testing/drachtio.ts";
import { testSignalling } from "../testing/signalling-suite.ts";

testSignalling(drachtio());
