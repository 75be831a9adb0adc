import type { JSX } from "preact";
import type { CustomButton } from "../../model/config/page-rules.ts";
import { Icon } from "../parts/icons.tsx";

interface CustomButtonsProps {
  readonly buttons: readonly CustomButton[];
  readonly press: (id: string) => void;
}

/** Lines of a menu that the operator or an embedding page has added. */
export function CustomButtons({ buttons, press }: CustomButtonsProps): JSX.Element | null {
  if (buttons.length === 0) return null;
  return (
    <div class="menu-group">
      {buttons.map(({ id, text, icon }) => (
        <button key={id} class="menu-item" type="button" data-custom={id} onClick={() => press(id)}>
          {icon ? <img src={icon} alt="" width={18} height={18} /> : <Icon name="more" size={18} />}
          <span>{text}</span>
        </button>
      ))}
    </div>
  );
}
