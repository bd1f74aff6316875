/** The types of Kubernetes that manifests are held against, as they were published with its API. */
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Container, PersistentVolumeClaim, PodSecurityContext, Volume } from 'kubernetes-types/core/v1.js';

/** What a part of a manifest can be held against. */
export interface Published {
  readonly Job: Job;
  readonly Container: Container;
  readonly PersistentVolumeClaim: PersistentVolumeClaim;
  readonly PodSecurityContext: PodSecurityContext;
  readonly Volume: Volume;
}
