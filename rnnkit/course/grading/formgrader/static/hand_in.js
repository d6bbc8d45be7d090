// Model answer and part-points beside a question marked by hand. What is applied stands in the comment, a line a part.
(function () {
    "use strict";

    // Where the address names no field, the first question is the place to begin.
    var fromAddress = FormGrader.prototype.setIndexFromUrl;
    FormGrader.prototype.setIndexFromUrl = function () {
        fromAddress.call(this);
        var asked = $(".asked .score").first();
        if (!/[?&]index=/.test(location.search) && asked.length) {
            this.setCurrentIndex(this.getIndex(asked));
            this.last_selected = asked;
        }
    };

    function line(part) {
        return "- " + part.text + " (" + part.points + (Math.abs(part.points) === 1 ? " point)" : " points)");
    }

    function named(views, cell) {
        return views.find(function (view) { return view.model.get("name") === cell; });
    }

    function Rubric(aside) {
        this.cell = aside.dataset.cell;
        this.box = aside.querySelector(".rubric");
        this.parts = JSON.parse(this.box.dataset.parts);
        this.form = this.box.querySelector("form");
        this.form.addEventListener("submit", this.add.bind(this));
        this.render();
    }

    Rubric.prototype.views = function () {
        var grade = named(formgrader.grade_uis || [], this.cell), comment = named(formgrader.comment_uis || [], this.cell);
        return grade && comment ? {grade: grade, comment: comment} : null;
    };

    Rubric.prototype.lines = function () {
        var views = this.views();
        return views ? (views.comment.$comment.val() || "").split("\n") : [];
    };

    // The sum of the parts that stand in some lines, within what the question gives.
    Rubric.prototype.sum = function (lines, most) {
        var total = this.parts.reduce(function (sum, part) {
            return sum + (lines.indexOf(line(part)) >= 0 ? part.points : 0);
        }, 0);
        return Math.min(most, Math.max(0, total));
    };

    Rubric.prototype.toggle = function (part) {
        var views = this.views();
        if (!views) { return; }
        var before = this.lines(), after = before.filter(function (one) { return one !== line(part); });
        if (after.length === before.length) {
            after = before.filter(function (one, place) { return one !== "" || place < before.length - 1; });
            if (after[after.length - 1] === "") { after.pop(); }
            after.push(line(part));
        }
        // What was typed beside the parts stays on top of them.
        var most = views.grade.model.get("max_score"), typed = views.grade.$score.val();
        var beside = typed === "" ? 0 : Number(typed) - this.sum(before, most);
        var points = Math.min(most, Math.max(0, this.sum(after, most) + beside));
        views.grade.model.save({"manual_score": Math.round(1e6 * points) / 1e6});
        views.comment.model.save({"manual_comment": after.join("\n")});
        autosize.update(views.comment.$comment);
        this.render();
    };

    Rubric.prototype.render = function () {
        var lines = this.lines(), list = $(this.box).find("ul").empty(), that = this;
        this.parts.forEach(function (part, place) {
            var given = lines.indexOf(line(part)) >= 0;
            $("<li>").append(
                $("<button type='button' class='part'>").attr("aria-pressed", given).append(
                    $("<b>").text((part.points > 0 ? "+" : "") + part.points), " ", $("<span>").text(part.text)
                ).click(function () { that.toggle(part); }),
                $("<button type='button' class='remove'>").attr("aria-label", "remove: " + part.text).text("×")
                    .click(function () { that.save(that.parts.filter(function (_, other) { return other !== place; })); })
            ).appendTo(list);
        });
    };

    Rubric.prototype.add = function (event) {
        event.preventDefault();
        var points = this.form.querySelector(".part-points"), text = this.form.querySelector(".part-text"), that = this;
        this.save(this.parts.concat([{points: Number(points.value), text: text.value}]), function () {
            points.value = text.value = "";
        });
    };

    Rubric.prototype.save = function (parts, done) {
        var that = this, told = $(this.box).find(".told").text("");
        $.ajax({
            method: "PUT",
            url: base_url + "/api/rubric/" + encodeURIComponent(assignment_id) + "/" + encodeURIComponent(this.cell),
            headers: {"X-CSRFToken": getCookie("_xsrf")},
            contentType: "application/json",
            data: JSON.stringify(parts),
            dataType: "json"
        }).done(function (kept) {
            that.parts = kept;
            that.render();
            if (done) { done(); }
        }).fail(function (answer) {
            told.text((answer.responseJSON || {}).error || "not saved: is the server still there?");
        });
    };

    $(window).on("load", function () {
        var rubrics = $("aside[data-cell]").toArray().map(function (aside) { return new Rubric(aside); });
        $(document).on("input change", ".comment", function () { rubrics.forEach(function (one) { one.render(); }); });
        $(document).ajaxComplete(function () { rubrics.forEach(function (one) { one.render(); }); });
    });
}());
