<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ resources.assignment_id }}</title></head>
<body><p>Of this hand-in there is nothing to show: it was refused, or its file is gone.</p>
<p><a href="{{ resources.base_url }}/formgrader/gradebook">Manual Grading</a></p></body>
</html>
