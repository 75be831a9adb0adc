import { kamailio } from "../testing/kamailio.ts";
import { missing, testSignalling } from "../testing/signalling-suite.ts";

testSignalling(kamailio(missing(["kamailio"])));
