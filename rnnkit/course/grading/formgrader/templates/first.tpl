{%- extends 'gradebook_base.tpl' -%}

{%- block breadcrumbs -%}
<ol class="breadcrumb"><li class="active">Manual Grading</li></ol>
{%- endblock -%}

{%- block table_header -%}
<tr>
  <th>Unit</th>
  <th class="text-center">Due</th>
  <th class="text-center">Handed in</th>
  <th class="text-center">Refused</th>
  <th class="text-center">Marked by hand</th>
  <th class="text-center">Wait for marking</th>
  <th></th>
</tr>
{%- endblock -%}

{%- block table_body -%}
{% for row in rows %}
<tr data-unit="{{ row.unit }}">
  <td><a href="{{ base_url }}/formgrader/gradebook/{{ row.unit | urlencode }}/{{ row.unit | urlencode }}">{{ row.unit }}</a></td>
  <td class="text-center">{{ row.due or "–" }}</td>
  <td class="text-center handed-in">{{ row.handed_in }}</td>
  <td class="text-center refused">{{ row.refused or "" }}</td>
  <td class="text-center by-hand">{{ row.by_hand - row.waiting }} of {{ row.by_hand }}</td>
  <td class="text-center waiting"><b>{{ row.waiting }}</b></td>
  <td>{% if row.waiting %}<a class="btn btn-primary btn-sm" href="{{ base_url }}/formgrader/waiting/{{ row.unit | urlencode }}">Mark the next</a>{% endif %}</td>
</tr>
{% else %}
<tr><td colspan="7">Nothing was handed in yet: <code>rnnkit grade --submitted hand_ins</code></td></tr>
{% endfor %}
{%- endblock -%}
