{{- define "quorate-server.name" -}}
{{- printf "%s-quorate-server" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "quorate-server.selector" -}}
app.kubernetes.io/name: quorate-server
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "quorate-server.labels" -}}
{{ include "quorate-server.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: quorate
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
