import type { Picture } from "./choice.ts";

export const PICTURE_SIZE = { width: 1280, height: 720 } as const;

type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Drawn in a space of 16 by 9. */
const PAINTERS: Readonly<Record<Picture, (pen: Pen) => void>> = {
  dawn: (pen) => {
    sky(pen, ["#2b3a67", "#b56576", "#eaac8b", "#ffe5b4"]);
    circle(pen, 11, 6.1, 1.1, "#fff4d6");
    hills(pen, 6.4, 0.7, "#7a5c7e");
    hills(pen, 7.3, 0.9, "#4a4063");
    hills(pen, 8.1, 0.5, "#2c2a4a");
  },
  meadow: (pen) => {
    sky(pen, ["#8ecae6", "#cfeaf5", "#f1faee"]);
    for (const [x, y] of [
      [3, 1.6],
      [9.5, 1.1],
      [13, 2.3],
    ] as const)
      cloud(pen, x, y);
    hills(pen, 5.4, 0.6, "#a7c957");
    hills(pen, 6.5, 0.8, "#6a994e");
    hills(pen, 7.7, 0.5, "#386641");
  },
  sea: (pen) => {
    sky(pen, ["#48a9c5", "#a8dadc", "#e0f2f1"]);
    circle(pen, 3.2, 2.2, 0.8, "#fff7d1");
    const colors = ["#3d8fb1", "#2f7aa0", "#24658c", "#1b5277", "#153f5f"];
    colors.forEach((color, index) => {
      hills(pen, 5.2 + index * 0.75, 0.12, color, 2.4);
    });
  },
  board: (pen) => {
    fill(pen, "#d9c7a7", 0, 0, 16, 9);
    fill(pen, "#7a5230", 0.8, 0.7, 14.4, 7);
    fill(pen, "#23493c", 1.1, 1, 13.8, 6.4);
    fill(pen, "#2b5547", 1.1, 1, 13.8, 3);
    fill(pen, "#8f6640", 0.8, 7.7, 14.4, 0.25);
    fill(pen, "#f5f5f0", 3, 7.55, 0.7, 0.15);
    fill(pen, "#f2c879", 4.1, 7.55, 0.5, 0.15);
  },
  shelves: (pen) => {
    fill(pen, "#5b4231", 0, 0, 16, 9);
    const colors = ["#8d3b3b", "#3b5d8d", "#4e7d52", "#c8a24a", "#6d4c7d", "#b5653a", "#d8cfbd"];
    for (let shelf = 0; shelf < 4; shelf++) {
      fill(pen, "#3c2a1e", 0.3, 0.3 + shelf * 2.2, 15.4, 1.95);
      let x = 0.4;
      for (let book = 0; x < 15.2; book++) {
        const width = 0.28 + ((book * 7 + shelf * 3) % 5) * 0.07;
        const height = 1.25 + ((book * 5 + shelf * 11) % 6) * 0.1;
        fill(
          pen,
          colors[(book * 3 + shelf * 2) % colors.length] ?? "#888888",
          x,
          2.25 + shelf * 2.2 - height,
          width,
          height,
        );
        x += width + 0.05;
      }
    }
  },
  night: (pen) => {
    sky(pen, ["#0b132b", "#1c2541", "#3a506b"]);
    for (let star = 0; star < 90; star++)
      circle(
        pen,
        (star * star * 1.37) % 16,
        (star * 2.71 + star * star * 0.53) % 6,
        0.015 + (star % 4) * 0.012,
        "#f8f9fa",
      );
    circle(pen, 12.6, 1.9, 0.75, "#f1f3d8");
    circle(pen, 12.3, 1.75, 0.68, "#1a2340");
    hills(pen, 7.4, 0.6, "#16223a");
    hills(pen, 8.2, 0.4, "#0b1526");
  },
};

export function paint(pen: Pen, picture: Picture, width: number, height: number): void {
  pen.save();
  pen.scale(width / 16, height / 9);
  PAINTERS[picture](pen);
  pen.restore();
}

function fill(pen: Pen, color: string, x: number, y: number, width: number, height: number): void {
  pen.fillStyle = color;
  pen.fillRect(x, y, width, height);
}

function sky(pen: Pen, colors: readonly string[]): void {
  const gradient = pen.createLinearGradient(0, 0, 0, 9);
  colors.forEach((color, index) => {
    gradient.addColorStop(index / (colors.length - 1), color);
  });
  pen.fillStyle = gradient;
  pen.fillRect(0, 0, 16, 9);
}

function circle(pen: Pen, x: number, y: number, radius: number, color: string): void {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function cloud(pen: Pen, x: number, y: number): void {
  for (const [dx, dy, radius] of [
    [0, 0, 0.5],
    [0.6, -0.2, 0.6],
    [1.3, 0, 0.5],
    [0.65, 0.15, 0.55],
  ] as const)
    circle(pen, x + dx, y + dy, radius, "#ffffffd9");
}

/** A wavy edge from side to side, filled down to the ground. */
function hills(pen: Pen, y: number, rise: number, color: string, waves = 1): void {
  pen.fillStyle = color;
  pen.beginPath();
  pen.moveTo(0, 9);
  for (let x = 0; x <= 16; x += 0.25)
    pen.lineTo(x, y - rise * Math.sin(x * 0.55 * waves + y) - rise * 0.4 * Math.sin(x * 1.3 * waves + y * 2));
  pen.lineTo(16, 9);
  pen.fill();
}
