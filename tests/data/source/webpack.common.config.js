// One bundle, and the list of bundles where LMS looks for it: below the folder of its static files.
const path = require("path");
const BundleTracker = require("webpack-bundle-tracker");

module.exports = {
  context: __dirname,
  entry: { Library: "./lms/static/js/library.js" },
  output: { path: path.resolve(__dirname, "common/static/bundles"), filename: "[name].js" },
  plugins: [new BundleTracker({ path: process.env.STATIC_ROOT_LMS, filename: "webpack-stats.json" })],
};
