import {
  ArrowDown,
  ArrowRight,
  AudioLines,
  Bell,
  Captions,
  ChartBar,
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  ChevronUp,
  CircleDot,
  Clock,
  Copy,
  Download,
  Ellipsis,
  EyeOff,
  FlipHorizontal2,
  GalleryVertical,
  Gauge,
  Hand,
  Headphones,
  Hourglass,
  House,
  type IconNode,
  Image,
  Info,
  Keyboard,
  LayoutGrid,
  Link,
  Lock,
  LogIn,
  LogOut,
  Maximize,
  MessageSquareText,
  Mic,
  MicOff,
  Minimize,
  MonitorOff,
  MonitorUp,
  Moon,
  PanelRight,
  Pencil,
  Phone,
  PhoneOff,
  PictureInPicture2,
  Pin,
  PinOff,
  Play,
  Plus,
  Radio,
  RefreshCw,
  Reply,
  Search,
  Send,
  Settings,
  Shield,
  ShieldCheck,
  SignalHigh,
  SignalLow,
  SignalMedium,
  Smile,
  Sparkles,
  Split,
  Star,
  StarOff,
  Sun,
  SunMoon,
  SwitchCamera,
  Trash2,
  TriangleAlert,
  User,
  UserPlus,
  Users,
  UserX,
  Video,
  VideoOff,
  Volume2,
  VolumeX,
  Vote,
  WifiOff,
  X,
} from "lucide";
import { createElement, type JSX } from "preact";

const NODES = {
  alert: TriangleAlert,
  arrowRight: ArrowRight,
  audioLines: AudioLines,
  bell: Bell,
  back: ChevronLeft,
  chevronDown: ChevronDown,
  filmstrip: GalleryVertical,
  flip: FlipHorizontal2,
  forward: ChevronRight,
  hide: EyeOff,
  chevronUp: ChevronUp,
  camera: Video,
  cameraOff: VideoOff,
  captions: Captions,
  chart: ChartBar,
  chat: MessageSquareText,
  check: Check,
  clock: Clock,
  close: X,
  copy: Copy,
  down: ArrowDown,
  download: Download,
  expand: Maximize,
  gauge: Gauge,
  gear: Settings,
  grid: LayoutGrid,
  groups: Split,
  hand: Hand,
  hangup: PhoneOff,
  headphones: Headphones,
  home: House,
  hourglass: Hourglass,
  image: Image,
  info: Info,
  keyboard: Keyboard,
  link: Link,
  lock: Lock,
  logIn: LogIn,
  logOut: LogOut,
  mic: Mic,
  micOff: MicOff,
  moon: Moon,
  more: Ellipsis,
  pencil: Pencil,
  people: Users,
  person: User,
  personAdd: UserPlus,
  personRemove: UserX,
  phone: Phone,
  pictureInPicture: PictureInPicture2,
  pin: Pin,
  play: Play,
  plus: Plus,
  poll: Vote,
  record: CircleDot,
  refresh: RefreshCw,
  reply: Reply,
  screen: MonitorUp,
  screenOff: MonitorOff,
  search: Search,
  send: Send,
  shield: Shield,
  shieldCheck: ShieldCheck,
  shrink: Minimize,
  signalHigh: SignalHigh,
  signalLow: SignalLow,
  signalMedium: SignalMedium,
  smile: Smile,
  sparkles: Sparkles,
  speaker: Volume2,
  speakerOff: VolumeX,
  stage: PanelRight,
  star: Star,
  starOff: StarOff,
  stream: Radio,
  switchCamera: SwitchCamera,
  sun: Sun,
  sunMoon: SunMoon,
  trash: Trash2,
  unpin: PinOff,
  wifiOff: WifiOff,
} as const satisfies Readonly<Record<string, IconNode>>;

export type IconName = keyof typeof NODES;

/** Drawn in the colour of the text around it; what it means is said by that text or by a label. */
export function Icon({ name, size = 22 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {NODES[name].map(([tag, attributes], index) => createElement(tag, { ...attributes, key: index }))}
    </svg>
  );
}

export function Logo({ size = 32 }: { readonly size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#1f6f5c" />
      <path
        d="M8 10l8 13 8-13"
        fill="none"
        stroke="#fff"
        stroke-width="3.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
