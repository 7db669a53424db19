using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints.Exporting;

/// <summary>At most fifteen lines of Python that build the encoder with timm and load it strictly, under the reference's layer names, or timm's own.</summary>
internal static class TorchSnippet
{
    private const string Adapter = """
        step = lambda i, o, k, s: (torch.nn.Conv3d(i, o, (k, 1, 1), (s, 1, 1), (1, 0, 0)), torch.nn.BatchNorm3d(o), torch.nn.ReLU())
        adapter = torch.nn.Sequential(*step(1, 32, 7, 5), *step(32, 64, 7, 5), *step(64, 128, 5, 3), torch.nn.AdaptiveAvgPool3d((1, None, None)))
        """;

    internal static string Of(ExportedModel model)
    {
        var shape = model.Description.Encoder;
        return FormattableString.Invariant($$"""
            import glob, json, torch, timm
            from safetensors.torch import load_file
            {{Network(shape)}}
            about = json.load(open("config.json"))["spectralearth"]
            state = {k: v.float() for f in glob.glob("model*.safetensors") for k, v in load_file(f).items()}
            model.load_state_dict({{State(model)}})
            mean, deviation = (torch.tensor(about[k]).view(-1, 1, 1) for k in ("mean", "standard_deviation"))
            x = (torch.zeros(1, {{shape.Bands}}, {{shape.PatchSize}}, {{shape.PatchSize}}) - mean) / deviation            # digital numbers in place of the zeros
            feature = {{Forward(shape)}}            # [1, {{shape.FeatureWidth}}]

            """);
    }

    private static string State(ExportedModel model)
    {
        if (model.Options.Part == ExportPart.Encoder)
            return "state";
        var shape = model.Description.Encoder;
        var prefix = DescribedModel.EncoderPrefix + (shape.HasAdapter ? "" : ReferenceNames.Core(shape));
        return FormattableString.Invariant($"{{k[{prefix.Length}:]: v for k, v in state.items() if k.startswith(\"{prefix}\")}}");
    }

    private static string Network(EncoderConfig shape) => shape.Architecture switch
    {
        EncoderArchitecture.SpecVit => $$"""
            {{Adapter}}
            model = torch.nn.ModuleDict({"spectral_adapter": adapter, "vit_core": {{Transformer(shape, SpectralAdapter.Features)}}}).eval()
            """,
        EncoderArchitecture.SpecResnet50 => $$"""
            {{Adapter}}
            resnet, conv, norm = timm.create_model("resnet50", num_classes=0), lambda *a: torch.nn.Conv2d(*a, bias=False), lambda: torch.nn.BatchNorm2d(256)
            resnet.conv1 = resnet.bn1 = resnet.act1 = resnet.maxpool = torch.nn.Identity()
            first = dict(conv1=conv(128, 256, 1), bn1=norm(), conv2=conv(256, 256, 3, 2, 1), bn2=norm(), conv3=conv(256, 256, 1), bn3=norm())
            for k, v in {**first, "downsample": torch.nn.Sequential(conv(128, 256, 1, 2), norm())}.items(): setattr(resnet.layer1[0], k, v)
            model = torch.nn.ModuleDict({"spectral_adapter": adapter, "resnet": resnet}).eval()
            """,
        EncoderArchitecture.Vit => $"model = {Transformer(shape, shape.Bands)}.eval()",
        EncoderArchitecture.Resnet50 => FormattableString.Invariant($"""model = timm.create_model("resnet50", in_chans={shape.Bands}, num_classes=0).eval()"""),
        _ => throw new NotSupportedException($"There is no Python for architecture {shape.Architecture}."),
    };

    private static string Forward(EncoderConfig shape) => shape.HasAdapter
        ? $"model[\"{ReferenceNames.Core(shape)[..^1]}\"](model[\"spectral_adapter\"](x.unsqueeze(1)).squeeze(2))"
        : "model(x)";

    private static string Transformer(EncoderConfig shape, int channels) => FormattableString.Invariant(
        $"timm.models.vision_transformer.VisionTransformer({shape.PatchSize}, {shape.TokenSize}, {channels}, 0, embed_dim={shape.Width}, depth={shape.Depth}, num_heads={shape.Heads}, mlp_ratio={shape.MlpRatio}, norm_layer=lambda d: torch.nn.LayerNorm(d, eps=1e-6))");
}
