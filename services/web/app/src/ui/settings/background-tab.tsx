import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { type Background, isSameBackground, NO_BACKGROUND, PICTURES } from "../../model/media/background/choice.ts";
import { paint } from "../../model/media/background/pictures.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { OwnPicture } from "./own-picture.tsx";

const THUMB = { width: 192, height: 108 } as const;

export function BackgroundTab(): JSX.Element {
  const { background } = useApp();
  const isBad = useSignal(false);
  return (
    <>
      <OwnPicture />
      <div class="backgrounds" role="radiogroup" aria-label={t("virtualBackground.title")}>
        <Choice id="none" text={t("virtualBackground.none")} value={NO_BACKGROUND}>
          <Icon name="close" size={28} />
        </Choice>
        <Choice id="slight-blur" text={t("virtualBackground.slightBlur")} value={{ type: "blur", strength: "slight" }}>
          <span class="blur-sample slight" />
        </Choice>
        <Choice id="blur" text={t("virtualBackground.blur")} value={{ type: "blur", strength: "strong" }}>
          <span class="blur-sample strong" />
        </Choice>
        {PICTURES.map((id) => (
          <Choice key={id} id={id} text={t(`virtualBackground.pictures.${id}`)} value={{ type: "image", id }}>
            <Painting id={id} />
          </Choice>
        ))}
        {background.own.list.value.map(({ id, data }, index) => (
          <OwnChoice key={id} id={id} data={data} number={index + 1} />
        ))}
      </div>
      <Upload isBad={isBad} />
      <p class="hint error" role="alert">
        {isBad.value && t("virtualBackground.badPicture")}
      </p>
      <p class="hint">{t("virtualBackground.hint")}</p>
    </>
  );
}

interface ChoiceProps {
  readonly id: string;
  readonly text: string;
  readonly value: Background;
  readonly children: ComponentChildren;
}

function Choice({ id, text, value, children }: ChoiceProps): JSX.Element {
  const { settings } = useApp();
  const isChosen = isSameBackground(settings.background.value, value);
  return (
    <label class="background" title={text}>
      <input
        class="visually-hidden"
        type="radio"
        name="background"
        data-background={id}
        checked={isChosen}
        onChange={() => {
          settings.background.value = value;
        }}
      />
      <span class="background-thumb">{children}</span>
      <span class="background-name">{text}</span>
    </label>
  );
}

function OwnChoice({ id, data, number }: { readonly id: string; readonly data: string; readonly number: number }) {
  const { background, settings } = useApp();
  const remove = () => {
    const { value } = settings.background;
    if (value.type === "image" && value.id === id) settings.background.value = NO_BACKGROUND;
    background.own.remove(id);
  };
  const label = t("virtualBackground.deleteImage", { index: number });
  return (
    <div class="own-background">
      <Choice id={id} text={t("virtualBackground.uploadedImage", { index: number })} value={{ type: "image", id }}>
        <img src={data} alt="" />
      </Choice>
      <button class="button quiet square" type="button" aria-label={label} title={label} onClick={remove}>
        <Icon name="trash" size={16} />
      </button>
    </div>
  );
}

function Painting({ id }: { readonly id: (typeof PICTURES)[number] }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (pen) paint(pen, id, THUMB.width, THUMB.height);
  }, [id]);
  return <canvas ref={canvas} {...THUMB} />;
}

function Upload({ isBad }: { readonly isBad: { value: boolean } }): JSX.Element {
  const { background, settings } = useApp();
  const add = async (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    if (!file) return;
    const id = await background.own.add(file);
    input.value = "";
    isBad.value = id === undefined;
    if (id !== undefined) settings.background.value = { type: "image", id };
  };
  return (
    <label class="button upload">
      <Icon name="plus" size={18} /> {t("virtualBackground.addBackground")}
      <input
        id="add-background"
        class="visually-hidden"
        type="file"
        accept="image/*"
        onChange={(event) => void add(event.currentTarget)}
      />
    </label>
  );
}
