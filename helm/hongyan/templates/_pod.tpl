{{/* Short enough that a pod's name, NAME-worker-999, is a slug of 40 characters: it is the id. */}}
{{- define "hongyan.name" -}}
{{- $name := ternary .Release.Name (printf "%s-hongyan" .Release.Name) (contains "hongyan" .Release.Name) -}}
{{- $name | replace "." "-" | trunc 29 | trimSuffix "-" -}}
{{- end -}}

{{/* A list of the chart and the process: what selects its pods. */}}
{{- define "hongyan.selector" -}}
app.kubernetes.io/name: hongyan
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "hongyan.labels" -}}
{{ include "hongyan.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ (index . 0).Chart.Name }}-{{ (index . 0).Chart.Version }}
{{- end -}}

{{/* Settings of values.yaml as environment variables, one line each. */}}
{{- define "hongyan.environment" -}}
{{- range $name, $value := . }}
{{- if kindIs "slice" $value }}{{ $value = join "," $value }}{{ end }}
{{- if and (kindIs "float64" $value) (eq (floor $value) $value) }}{{ $value = int64 $value }}{{ end }}
HONGYAN_{{ upper $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* What every process is told. */}}
{{- define "hongyan.settings" -}}
{{- $bootstrap := required "kafka.bootstrap is missing: say where Kafka is, HOST:PORT,HOST:PORT" .Values.kafka.bootstrap -}}
{{ include "hongyan.environment" (merge (dict "kafka" $bootstrap) .Values.settings) | trim }}
{{- end -}}

{{- define "hongyan.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "hongyan.secret" -}}
{{ required "existingSecret is missing: name a Secret with the key postgres" .Values.existingSecret }}
{{- end -}}

{{/* What every pod has but its containers. enableServiceLinks: a Service called hongyan-api would
     else put HONGYAN_API_PORT=tcp://… into every pod, and settings would read it. */}}
{{- define "hongyan.pod" -}}
serviceAccountName: {{ include "hongyan.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- end -}}

{{/* What every container has. */}}
{{- define "hongyan.container" -}}
image: {{ include "hongyan.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* Pods of one process on nodes of their own where there are such. */}}
{{- define "hongyan.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "hongyan.selector" . | nindent 8 }}
{{- end -}}

{{/* A change of settings starts the pods anew. */}}
{{- define "hongyan.annotations" -}}
checksum/settings: {{ include "hongyan.settings" . | sha256sum }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}
