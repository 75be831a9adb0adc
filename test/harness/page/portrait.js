/** Draws somebody before a wall instead of a plain colour: for pictures of a call. Runs before camera.js. */
(() => {
  const people = {
    red: { wall: ["#f7d9c4", "#e8b796"], skin: "#f2c6a5", hair: "#5b3a29", dress: "#c0392b", long: true },
    green: { wall: ["#d3e8d0", "#9cc5a1"], skin: "#e5b38f", hair: "#2c2320", dress: "#2e7d5b", glasses: true },
    blue: {
      wall: ["#d4def5", "#9fb4e0"],
      skin: "#f6d3b8",
      hair: "#c98f3d",
      dress: "#3557b5",
      long: true,
      glasses: true,
    },
    magenta: { wall: ["#ecd6ee", "#c79ed0"], skin: "#c98e6b", hair: "#1f1a1a", dress: "#8e3a9d" },
  };

  const disc = (pen, x, y, rx, ry, fill) => {
    pen.fillStyle = fill;
    pen.beginPath();
    pen.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2);
    pen.fill();
  };

  function room(pen, width, height, wall) {
    const light = pen.createLinearGradient(0, 0, width, height);
    light.addColorStop(0, wall[0]);
    light.addColorStop(1, wall[1]);
    pen.fillStyle = light;
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = "rgba(255,255,255,0.55)";
    pen.fillRect(width * 0.07, height * 0.1, width * 0.2, height * 0.42);
    pen.fillStyle = "rgba(120,90,60,0.35)";
    pen.fillRect(width * 0.72, height * 0.34, width * 0.24, 8);
    const books = ["#a33", "#386", "#247", "#c93", "#747", "#2a6"];
    books.forEach((color, index) => {
      pen.fillStyle = color;
      const tall = 46 + ((index * 17) % 22);
      pen.fillRect(width * 0.74 + index * 18, height * 0.34 - tall, 14, tall);
    });
  }

  function face(pen, x, y, person, frame) {
    const isBlinking = frame % 60 < 4;
    for (const side of [-1, 1]) {
      disc(pen, x + side * 24, y - 8, 9, isBlinking ? 1.5 : 6.5, "#fff");
      if (!isBlinking) disc(pen, x + side * 24 + Math.sin(frame / 40) * 2.5, y - 8, 4, 4.5, "#33251d");
      disc(pen, x + side * 38, y + 18, 11, 7, "rgba(230,110,90,0.28)");
      if (person.glasses) {
        pen.strokeStyle = "#2b2b33";
        pen.lineWidth = 3;
        pen.beginPath();
        pen.ellipse(x + side * 24, y - 8, 17, 14, 0, 0, Math.PI * 2);
        pen.stroke();
      }
    }
    pen.strokeStyle = "#8c3b34";
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.beginPath();
    pen.arc(x, y + 18, 19 + Math.sin(frame / 6) * 1.5, 0.2 * Math.PI, 0.8 * Math.PI);
    pen.stroke();
  }

  function somebody(pen, width, height, person, frame) {
    const x = width / 2 + Math.sin(frame / 25) * 7;
    const y = height * 0.46 + Math.sin(frame / 17) * 3;
    if (person.long) disc(pen, x, y + 34, 88, 118, person.hair);
    disc(pen, x, height + 34, 150, 130, person.dress);
    disc(pen, x, y + 82, 30, 42, person.skin);
    disc(pen, x, y - 28, 78, 74, person.hair);
    disc(pen, x, y + 2, 64, 76, person.skin);
    pen.save();
    pen.beginPath();
    pen.rect(x - 90, y - 110, 180, 62);
    pen.clip();
    disc(pen, x, y - 22, 78, 72, person.hair);
    pen.restore();
    face(pen, x, y + 4, person, frame);
  }

  globalThis.vechePortrait = (identity) => {
    const person = people[identity.look] ?? people.red;
    return (pen, width, height, frame) => {
      room(pen, width, height, person.wall);
      somebody(pen, width, height, person, frame);
    };
  };
})();
