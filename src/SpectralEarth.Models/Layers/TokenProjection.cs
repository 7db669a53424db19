using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Models.Layers;

/// <summary>
/// Projects the P x P pixels of a token to one vector: a convolution whose stride is its kernel, done as one matrix
/// product because the pixels arrive token by token.
/// </summary>
internal sealed class TokenProjection : Module<Tensor, Tensor>
{
    private readonly PixelProjection proj;

    internal TokenProjection(int channels, int width, int tokenSize, FirstWeights weights)
        : base(nameof(TokenProjection))
    {
        proj = new PixelProjection(channels, width, tokenSize, weights);
        RegisterComponents();
    }

    /// <param name="input">Features of the pixels of each token, row by row, channel fastest, [B, K, P * P * C].</param>
    /// <returns>Tokens, [B, K, D].</returns>
    public override Tensor forward(Tensor input) => proj.forward(input);

    private sealed class PixelProjection : Module<Tensor, Tensor>
    {
        private readonly Parameter weight, bias;

        internal PixelProjection(int channels, int width, int tokenSize, FirstWeights weights)
            : base("Conv2d")
        {
            weight = Parameter(empty(width, channels, tokenSize, tokenSize));
            bias = Parameter(empty(width));
            weights.TokenProjection(weight, bias);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var matrix = weight.permute(0, 2, 3, 1).reshape(weight.shape[0], -1);          // [D, P * P * C]
            return Dense.Product(input, matrix, bias).MoveToOuterDisposeScope();
        }
    }
}
