// picturefill is copied from node_modules before bundles are made.
require("../../../common/static/common/js/vendor/picturefill.js");

document.title = `bundle of ${process.env.NODE_ENV}`;
