// Runs before each script of package.json, under whatever Node the host has, and so in plain
// JavaScript: npm puts node_modules/.bin first on PATH, so this is the Node that the script gets.
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `This needs Node.js 24.15 or newer, and PATH has ${process.version}: run \`npm ci\` without ` +
      "--ignore-scripts, which brings a newer one into node_modules/node.\n",
  );
  process.exitCode = 1;
}
