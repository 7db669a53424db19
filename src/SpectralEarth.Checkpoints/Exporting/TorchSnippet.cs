namespace SpectralEarth.Checkpoints.Exporting;

/// <summary>Fifteen lines of Python that build the encoder with timm and load it strictly, under the reference's layer names.</summary>
internal static class TorchSnippet
{
    internal static string Of(ExportedModel model)
    {
        var shape = model.Description.Encoder;
        var state = model.Options.Part == ExportPart.Encoder ? "state" : "{k[8:]: v for k, v in state.items() if k.startswith(\"encoder.\")}";
        return FormattableString.Invariant($$"""
            import glob, json, torch, timm
            from safetensors.torch import load_file
            class SpectralViT(torch.nn.Module):
                def __init__(self):
                    super().__init__()
                    step = lambda i, o, k, s: (torch.nn.Conv3d(i, o, (k, 1, 1), (s, 1, 1), (1, 0, 0)), torch.nn.BatchNorm3d(o), torch.nn.ReLU())
                    self.spectral_adapter = torch.nn.Sequential(*step(1, 32, 7, 5), *step(32, 64, 7, 5), *step(64, 128, 5, 3), torch.nn.AdaptiveAvgPool3d((1, None, None)))
                    self.vit_core = timm.models.vision_transformer.VisionTransformer({{shape.PatchSize}}, {{shape.TokenSize}}, 128, 0, embed_dim={{shape.Width}}, depth={{shape.Depth}}, num_heads={{shape.Heads}}, mlp_ratio={{shape.MlpRatio}}, norm_layer=lambda d: torch.nn.LayerNorm(d, eps=1e-6))
                def forward(self, x):                                                                # [B, {{shape.Bands}}, {{shape.PatchSize}}, {{shape.PatchSize}}]
                    return self.vit_core(self.spectral_adapter(x.unsqueeze(1)).squeeze(2))           # [B, {{shape.Width}}]
            about, model = json.load(open("config.json"))["spectralearth"], SpectralViT().eval()
            state = {k: v.float() for f in glob.glob("model*.safetensors") for k, v in load_file(f).items()}
            model.load_state_dict({{state}})
            mean, deviation = (torch.tensor(about[k]).view(-1, 1, 1) for k in ("mean", "standard_deviation"))
            feature = model((torch.zeros(1, {{shape.Bands}}, {{shape.PatchSize}}, {{shape.PatchSize}}) - mean) / deviation)            # digital numbers in place of the zeros

            """);
    }
}
