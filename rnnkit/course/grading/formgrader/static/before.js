// What nbgrader's scripts expect to be there before them. Formulas are MathML: of MathJax only its ending is asked for.
var page = document.documentElement.dataset;
var base_url = page.base, submission_id = page.submission, assignment_id = page.unit, notebook_id = page.notebook;
var MathJax = {Hub: {Startup: {signal: {Interest: function (tell) { setTimeout(function () { tell("End"); }); }}}}};
