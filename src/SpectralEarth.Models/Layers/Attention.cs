using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>Multi-head self-attention over tokens (Vaswani et al. 2017, section 3.2.2).</summary>
internal sealed class Attention : Module
{
    private readonly int heads;
    private readonly Dense qkv, proj;

    /// <param name="width">Embedding width D.</param>
    /// <param name="heads">Heads h; must divide D.</param>
    /// <param name="weights">Source of first weights.</param>
    internal Attention(int width, int heads, FirstWeights weights)
        : base(nameof(Attention))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % heads, 0);
        (this.heads, qkv, proj) = (heads, new(width, 3 * width), new(width, width));
        weights.BlockLayer(qkv);
        weights.BlockLayer(proj);
        RegisterComponents();
    }

    /// <summary>Queries, keys and values side by side, [B, N, D] to [B, N, 3 D].</summary>
    internal Tensor Project(Tensor input) => qkv.forward(input);

    /// <summary>Attention of the tokens from <paramref name="first"/> on to all tokens.</summary>
    /// <param name="projected">Result of <see cref="Project"/>, [B, N, 3 D].</param>
    /// <param name="first">First token whose result is wanted.</param>
    /// <returns>Mixed tokens, [B, N - first, D].</returns>
    internal Tensor Mix(Tensor projected, long first)
    {
        using var scope = NewDisposeScope();
        var mixed = projected.device_type == DeviceType.CPU
            ? StreamedAttention.Mix(projected, heads, first)
            : Plain(projected, first);
        return proj.forward(mixed).MoveToOuterDisposeScope();
    }

    /// <summary>The same by libtorch's own attention; oracle of <see cref="StreamedAttention"/>.</summary>
    internal Tensor Plain(Tensor projected, long first)
    {
        using var scope = NewDisposeScope();
        var (b, n, d) = (projected.shape[0], projected.shape[1], projected.shape[2] / 3);
        var split = projected.reshape(b, n, 3, heads, d / heads).permute(2, 0, 3, 1, 4);                  // [3, B, h, N, D/h]
        var queries = split[0].narrow(2, first, n - first);
        var mixed = functional.scaled_dot_product_attention(queries, split[1], split[2]);                  // [B, h, n, D/h]
        return mixed.transpose(1, 2).reshape(b, n - first, d).MoveToOuterDisposeScope();
    }
}
