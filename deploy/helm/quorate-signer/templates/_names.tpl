{{- define "quorate-signer.name" -}}
{{- printf "%s-quorate-signer" .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "quorate-signer.selector" -}}
app.kubernetes.io/name: quorate-signer
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "quorate-signer.labels" -}}
{{ include "quorate-signer.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: quorate
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
