using SpectralEarth.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Benchmarks.Models;

/// <summary>
/// The reference's masked autoencoder line by line in TorchSharp's own layers: adapter on all pixels by Conv3d, attention
/// of libtorch, mask tokens scattered into the whole sequence, every token through the decoder. The rival of benchmarks.
/// </summary>
internal sealed class PlainMaskedAutoencoder : Module
{
    private readonly MaeConfig config;
    private readonly Sequential spectral_adapter;
    private readonly Conv2d patch_embed;
    private readonly Parameter cls_token, mask_token;
    private readonly Tensor pos_embed, decoder_pos_embed;
    private readonly ModuleList<PlainBlock> blocks, decoder_blocks;
    private readonly LayerNorm norm, decoder_norm;
    private readonly Linear decoder_embed, decoder_pred;

    internal PlainMaskedAutoencoder(MaeConfig config)
        : base(nameof(PlainMaskedAutoencoder))
    {
        this.config = config;
        var (encoder, width) = (config.Encoder, config.DecoderWidth);
        spectral_adapter = Sequential(
            Conv3d(1, 32, (7, 1, 1), (5, 1, 1), (1, 0, 0)), BatchNorm3d(32), ReLU(),
            Conv3d(32, 64, (7, 1, 1), (5, 1, 1), (1, 0, 0)), BatchNorm3d(64), ReLU(),
            Conv3d(64, 128, (5, 1, 1), (3, 1, 1), (1, 0, 0)), BatchNorm3d(128), ReLU());
        patch_embed = Conv2d(128, encoder.Width, encoder.TokenSize, stride: encoder.TokenSize);
        (cls_token, mask_token) = (Parameter(zeros(1, 1, encoder.Width)), Parameter(zeros(1, 1, width)));
        (pos_embed, decoder_pos_embed) = (SpectralViT.FixedPositions(encoder), SpectralViT.FixedPositions(encoder with { Width = width }));
        blocks = Blocks(encoder.Depth, encoder.Width, encoder.Heads);
        decoder_blocks = Blocks(config.DecoderDepth, width, config.DecoderHeads);
        (norm, decoder_norm) = (LayerNorm(encoder.Width, 1e-6), LayerNorm(width, 1e-6));
        decoder_embed = Linear(encoder.Width, width);
        decoder_pred = Linear(width, encoder.TokenSize * encoder.TokenSize * encoder.Bands);
        RegisterComponents();
    }

    /// <summary>Mean squared error of the hidden tokens' normalised pixels.</summary>
    internal Tensor Loss(Tensor images, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        var (b, n, d) = (images.shape[0], (long)config.Encoder.Tokens, (long)config.DecoderWidth);
        var features = spectral_adapter.forward(images.unsqueeze(1)).mean([2]);                       // [B, 128, H, W]
        var tokens = patch_embed.forward(features).flatten(2).transpose(1, 2);                        // [B, N, D]
        tokens = cat([cls_token.expand(b, -1, -1), tokens], 1) + pos_embed;
        var kept = cat([zeros(b, 1, int64), mask.Kept + 1], 1);
        var encoded = norm.forward(Run(blocks, Gather(tokens, kept)));

        var all = mask_token.expand(b, n + 1, d)
            .scatter(1, kept.unsqueeze(2).expand(-1, -1, d), decoder_embed.forward(encoded)) + decoder_pos_embed;
        var decoded = decoder_norm.forward(Run(decoder_blocks, all));
        var prediction = decoder_pred.forward(Gather(decoded, mask.Hidden + 1));                      // [B, M, P * P * C]
        return functional.mse_loss(prediction, Target(images, mask)).MoveToOuterDisposeScope();
    }

    private Tensor Target(Tensor images, TokenMask mask)
    {
        using var scope = NewDisposeScope();
        var (b, c, p, side) = (images.shape[0], images.shape[1], (long)config.Encoder.TokenSize, (long)config.Encoder.TokensPerSide);
        var pixels = images.reshape(b, c, side, p, side, p).permute(0, 2, 4, 3, 5, 1).reshape(b, side * side, p * p * c);
        var target = Gather(pixels, mask.Hidden);
        var (variance, mean) = var_mean(target, -1, unbiased: true, keepdim: true);
        return ((target - mean) / (variance + 1e-6).sqrt()).MoveToOuterDisposeScope();
    }

    private static Tensor Gather(Tensor tokens, Tensor indices) =>
        tokens.gather(1, indices.unsqueeze(2).expand(-1, -1, tokens.shape[2]));

    private static Tensor Run(ModuleList<PlainBlock> blocks, Tensor tokens) =>
        blocks.Aggregate(tokens, (current, block) => block.forward(current));

    private static ModuleList<PlainBlock> Blocks(int depth, int width, int heads) =>
        new([.. Enumerable.Range(0, depth).Select(_ => new PlainBlock(width, heads))]);

    /// <summary>Pre-norm transformer block, as timm's.</summary>
    private sealed class PlainBlock : Module<Tensor, Tensor>
    {
        private readonly int heads;
        private readonly LayerNorm norm1, norm2;
        private readonly Linear qkv, proj, fc1, fc2;

        internal PlainBlock(int width, int heads)
            : base(nameof(PlainBlock))
        {
            this.heads = heads;
            (norm1, norm2) = (LayerNorm(width, 1e-6), LayerNorm(width, 1e-6));
            (qkv, proj) = (Linear(width, 3 * width), Linear(width, width));
            (fc1, fc2) = (Linear(width, 4 * width), Linear(4 * width, width));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var (b, n, d) = (input.shape[0], input.shape[1], input.shape[2]);
            var split = qkv.forward(norm1.forward(input)).reshape(b, n, 3, heads, d / heads).permute(2, 0, 3, 1, 4);
            var mixed = functional.scaled_dot_product_attention(split[0], split[1], split[2]).transpose(1, 2).reshape(b, n, d);
            var x = input + proj.forward(mixed);
            return (x + fc2.forward(functional.gelu(fc1.forward(norm2.forward(x))))).MoveToOuterDisposeScope();
        }
    }
}
